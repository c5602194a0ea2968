using System.IO.Hashing;

namespace StreamBack.Protocol.Tar;

/// <summary>
/// What was said before a member's own header: long names, the PAX header for it alone and the global one. Together
/// with the header they give the member's facts.
/// <para>
/// Precedence, as in GNU tar: local PAX record, global PAX record, GNU long name, header. A second extension of the
/// same kind replaces the first with all its records. A global header stays in force over ends of archives (as
/// <c>tar --ignore-zeros</c> has it) until another one comes.
/// </para>
/// </summary>
internal sealed class MemberHeaders
{
    private const int PermissionBits = 0xFFF;

    private readonly ExtensionData longName = new();
    private readonly ExtensionData longLink = new();
    private readonly PaxHeader local = new();
    private readonly PaxHeader global = new();
    private readonly byte[] ustarName = new byte[TarHeader.MaxUstarNameSize];
    private ulong furtherMap;

    /// <summary>Whether something was said about the next member.</summary>
    public bool AwaitMember => longName.IsPresent || longLink.IsPresent || local.Data.IsPresent;

    /// <summary>Forgets what was said about the next member only.</summary>
    public void ForgetMember()
    {
        longName.Clear();
        longLink.Clear();
        local.Clear();
        furtherMap = 0;
    }

    /// <summary>A block of an old sparse member's map, after its header.</summary>
    public void AddMap(ReadOnlySpan<byte> block) => furtherMap = XxHash3.HashToUInt64(block, (long)furtherMap);

    /// <summary>An extension begins: its data is to be appended to what this returns, then <see cref="End"/> called.</summary>
    public ExtensionData Begin(byte type)
    {
        PaxOf(type)?.Clear();
        ExtensionData data = type switch
        {
            TarType.GnuLongName => longName,
            TarType.GnuLongLink => longLink,
            _ => PaxOf(type)!.Data,
        };
        data.Begin();
        return data;
    }

    /// <summary>The extension's data is complete.</summary>
    public void End(byte type) => PaxOf(type)?.Read();

    /// <summary>
    /// Puts the facts of a member together. False if the size of its payload cannot be known, so that nothing after
    /// the header can be told apart.
    /// </summary>
    /// <param name="block">The member's header; the member refers to its bytes.</param>
    /// <param name="archive">For <see cref="TarMember.Archive"/>.</param>
    /// <param name="member">Valid until the next call.</param>
    public bool TryRead(ReadOnlySpan<byte> block, long archive, out TarMember member)
    {
        var header = new TarHeader(block);
        ReadOnlySpan<byte> name = NameOf(header);
        if (!TryGetPayloadSize(header, name, out long size))
        {
            member = default;
            return false;
        }

        bool malformed = local.IsMalformed || global.IsMalformed || longName.IsTooLong || longLink.IsTooLong;
        member = new TarMember
        {
            Name = name,
            LinkName = LinkNameOf(header),
            UserName = UserNameOf(header),
            GroupName = GroupNameOf(header),
            Type = header.Type,
            IsDirectory = TarType.IsDirectory(header.Type, name),
            PayloadSize = size,
            SparseSize = SparseSizeOf(header, ref malformed),
            Mode = (int)Read(header.Mode, ref malformed) & PermissionBits,
            Uid = local.Uid ?? global.Uid ?? Read(header.Uid, ref malformed),
            Gid = local.Gid ?? global.Gid ?? Read(header.Gid, ref malformed),
            Modified = local.Modified ?? global.Modified ?? new TarTime(Read(header.Modified, ref malformed), 0),
            Device = DeviceOf(header, ref malformed),
            ExtensionHash = global.ExtensionHash + local.ExtensionHash,
            SparseHash = local.SparseHash + (IsOldSparse(header) ? XxHash3.HashToUInt64(header.SparseEntries) + furtherMap : 0),
            Archive = archive,
            IsMalformed = malformed, // last: the facts above set it
        };
        return true;
    }

    private static long Read(ReadOnlySpan<byte> field, ref bool malformed)
    {
        if (TarNumber.TryReadField(field, out long value))
            return value;
        malformed = true;
        return 0;
    }

    private PaxHeader? PaxOf(byte type) => type switch
    {
        TarType.PaxLocal or TarType.SolarisLocal => local,
        TarType.PaxGlobal => global,
        _ => null,
    };

    // A size for this member alone counts whatever its type, as libarchive and POSIX have it: who writes one means it.
    private bool TryGetPayloadSize(TarHeader header, ReadOnlySpan<byte> name, out long size)
    {
        bool readable = TarNumber.TryReadField(header.Size, out size) && size >= 0;
        if (!readable && header.Type != TarType.HardLink)
            return false; // GNU tar, too, takes such a block for no header

        if (local.HidesSize || (local.Size is null && global.HidesSize))
            return false;

        size = local.Size ?? (TarType.HasPayload(header.Type, name) ? global.Size ?? size : 0);
        return true;
    }

    private ReadOnlySpan<byte> NameOf(TarHeader header)
    {
        if (local.TryGetPath(out ReadOnlySpan<byte> name) || global.TryGetPath(out name))
            return name;
        if (longName.IsPresent && !longName.IsTooLong)
            return TarHeader.TextOf(longName.Bytes);

        ReadOnlySpan<byte> prefix = header.Prefix;
        if (prefix.IsEmpty)
            return header.Name;

        prefix.CopyTo(ustarName);
        ustarName[prefix.Length] = (byte)'/';
        header.Name.CopyTo(ustarName.AsSpan(prefix.Length + 1));
        return ustarName.AsSpan(0, prefix.Length + 1 + header.Name.Length);
    }

    private ReadOnlySpan<byte> LinkNameOf(TarHeader header)
    {
        if (local.TryGetLinkPath(out ReadOnlySpan<byte> name) || global.TryGetLinkPath(out name))
            return name;
        return longLink.IsPresent && !longLink.IsTooLong ? TarHeader.TextOf(longLink.Bytes) : header.LinkName;
    }

    private ReadOnlySpan<byte> UserNameOf(TarHeader header)
        => local.TryGetUserName(out ReadOnlySpan<byte> name) || global.TryGetUserName(out name) ? name : header.UserName;

    private ReadOnlySpan<byte> GroupNameOf(TarHeader header)
        => local.TryGetGroupName(out ReadOnlySpan<byte> name) || global.TryGetGroupName(out name) ? name : header.GroupName;

    private static (long Major, long Minor) DeviceOf(TarHeader header, ref bool malformed) =>
        header.Type is TarType.CharacterDevice or TarType.BlockDevice ? (Read(header.DeviceMajor, ref malformed), Read(header.DeviceMinor, ref malformed)) : default;

    private long? SparseSizeOf(TarHeader header, ref bool malformed)
    {
        if ((local.SparseSize ?? global.SparseSize) is { } said)
            return said;
        if (!IsOldSparse(header))
            return null;
        var size = Read(header.SparseRealSize, ref malformed);
        malformed |= size < 0;
        return Math.Max(size, 0);
    }

    private static bool IsOldSparse(TarHeader header) => header is { IsGnu: true, Type: TarType.GnuSparse };
}
