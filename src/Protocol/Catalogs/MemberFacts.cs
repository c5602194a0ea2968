using System.Buffers;
using System.Buffers.Binary;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>The facts of a member as a catalog holds them, all but its path and its place. Format: 8.3; do not change.</summary>
internal static class MemberFacts
{
    [Flags]
    private enum Has : ulong
    {
        Member = 1, // nothing else is set, and nothing follows, where no member names a folder
        Folder = 2,
        Sparse = 4,
        Malformed = 8,
        Link = 16,
        Owners = 32,
        Device = 64,
        Extensions = 128,
        Contents = 256,
        DotSlash = 512, // the name begins with ./
        EndSlash = 1024,
        OtherName = 2048, // it is no other way made of the path
    }

    /// <summary>Writes the facts of a folder that no member names.</summary>
    public static void WriteUnnamed(IBufferWriter<byte> target) => Varint.Write(target, 0);

    /// <summary>Writes a member's facts, but for <see cref="WriteContentHash"/>, which follows if it has contents.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="member">What the tar says.</param>
    /// <param name="path">Its path.</param>
    public static void Write(IBufferWriter<byte> target, in TarMember member, ReadOnlySpan<byte> path)
    {
        var isLink = member.Type is TarType.HardLink or TarType.SymbolicLink;
        var isDevice = member.Type is TarType.CharacterDevice or TarType.BlockDevice;
        var has = Has.Member | NameForm(member.Name, path)
            | (member.IsDirectory ? Has.Folder : 0)
            | (member.SparseSize is null ? 0 : Has.Sparse)
            | (member.IsMalformed ? Has.Malformed : 0)
            | (isLink ? Has.Link : 0)
            | (member.UserName.IsEmpty && member.GroupName.IsEmpty ? 0 : Has.Owners)
            | (isDevice ? Has.Device : 0)
            | (member.ExtensionHash == 0 ? 0 : Has.Extensions)
            | (member.PayloadSize == 0 ? 0 : Has.Contents);
        Varint.Write(target, (ulong)has);
        target.Write([member.Type]);
        Varint.Write(target, (ulong)member.Mode);
        Varint.WriteSigned(target, member.Uid);
        Varint.WriteSigned(target, member.Gid);
        Varint.WriteSigned(target, member.Modified.Seconds);
        Varint.Write(target, (ulong)member.Modified.Nanoseconds);
        if (member.SparseSize is { } size)
            Varint.WriteSigned(target, size);
        if (isLink)
            WriteText(target, member.LinkName);
        if (has.HasFlag(Has.Owners))
        {
            WriteText(target, member.UserName);
            WriteText(target, member.GroupName);
        }

        if (isDevice)
        {
            Varint.WriteSigned(target, member.Device.Major);
            Varint.WriteSigned(target, member.Device.Minor);
        }

        if (has.HasFlag(Has.Extensions))
            WriteFixed(target, member.ExtensionHash);
        if (has.HasFlag(Has.OtherName))
            WriteText(target, member.Name);
    }

    /// <summary>Writes the hash of a member's contents, if it has any.</summary>
    public static void WriteContentHash(IBufferWriter<byte> target, ulong hash) => WriteFixed(target, hash);

    /// <summary>Whether they are a member's, and not those of a folder that none names.</summary>
    public static bool IsMember(ReadOnlySpan<byte> facts) => !facts.IsEmpty && ((Has)facts[0]).HasFlag(Has.Member);

    /// <summary>Reads them.</summary>
    /// <param name="facts">What was written.</param>
    /// <param name="path">Its path.</param>
    /// <param name="place">Its place.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public static CatalogEntry Read(ReadOnlySpan<byte> facts, byte[] path, in MemberPlace place)
    {
        var reader = new VarintReader(facts);
        var has = (Has)reader.Number();
        if (!has.HasFlag(Has.Member))
            return new CatalogEntry { Path = path, IsFolder = true };
        return new CatalogEntry
        {
            // Read in the order in which they are written.
            Path = path,
            Place = place,
            IsFolder = has.HasFlag(Has.Folder),
            IsMalformed = has.HasFlag(Has.Malformed),
            Type = reader.Byte(),
            Mode = (int)reader.Number(),
            Uid = reader.Signed(),
            Gid = reader.Signed(),
            Modified = new TarTime(reader.Signed(), Nanoseconds(reader.Number())),
            SparseSize = has.HasFlag(Has.Sparse) ? reader.Signed() : null,
            LinkName = has.HasFlag(Has.Link) ? reader.Text().ToArray() : [],
            UserName = has.HasFlag(Has.Owners) ? reader.Text().ToArray() : [],
            GroupName = has.HasFlag(Has.Owners) ? reader.Text().ToArray() : [],
            Device = has.HasFlag(Has.Device) ? (reader.Signed(), reader.Signed()) : null,
            ExtensionHash = has.HasFlag(Has.Extensions) ? reader.Fixed64() : 0,
            TarName = has.HasFlag(Has.OtherName) ? reader.Text().ToArray() : NameOf(path, has),
            ContentHash = has.HasFlag(Has.Contents) ? reader.Fixed64() : 0,
        };
    }

    private static int Nanoseconds(ulong number) => number < TarTime.NanosecondsPerSecond ? (int)number : throw VarintReader.Damaged();

    // Longer ones are no system's: they are cut, and the member's own headers have them whole.
    private static void WriteText(IBufferWriter<byte> target, ReadOnlySpan<byte> text) =>
        Varint.WriteText(target, text[..Math.Min(text.Length, CatalogFormat.MaxText)]);

    private static void WriteFixed(IBufferWriter<byte> target, ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target.GetSpan(sizeof(ulong)), number);
        target.Advance(sizeof(ulong));
    }

    private static Has NameForm(ReadOnlySpan<byte> name, ReadOnlySpan<byte> path)
    {
        var form = (Has)0;
        if (name.StartsWith("./"u8))
        {
            form |= Has.DotSlash;
            name = name[2..];
        }

        // Of the root, ./ is all.
        if (!path.IsEmpty && name is [.., (byte)'/'])
        {
            form |= Has.EndSlash;
            name = name[..^1];
        }

        return name.SequenceEqual(path) ? form : Has.OtherName;
    }

    private static byte[] NameOf(ReadOnlySpan<byte> path, Has form) =>
        [.. form.HasFlag(Has.DotSlash) ? "./"u8 : default, .. path, .. form.HasFlag(Has.EndSlash) ? "/"u8 : default];
}
