using ICSharpCode.SharpZipLib.Zip;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Writes a folder of a tar as a zip while it is read: files, folders and symbolic links, with times and permission bits. A zip has no
/// devices, pipes or owners; a hard link becomes a file of its own.
/// </summary>
/// <param name="tree">The snapshot.</param>
/// <param name="headers">Reads headers.</param>
/// <param name="payload">The payload stream.</param>
/// <remarks>Threading: one thread. Memory: what a zip's directory takes at its end, some 200 bytes a member, and its name twice.</remarks>
internal sealed class ZipPart(ISnapshotTree tree, HeaderReader headers, StoredSequence payload)
{
    /// <summary>Fast: most of the time is the network's.</summary>
    private const int Level = 3;

    /// <summary>Members of a zip: 1 GiB of memory would be more than a server has for one answer.</summary>
    private const int MaxMembers = 200_000;

    /// <summary>Bytes of all names together: its directory, which has them all, is held until its end, two bytes for one.</summary>
    private const int MaxNames = 32 << 20;

    /// <summary>In what a zip calls external attributes Unix's mode stands in the upper half.</summary>
    private const int ModeShift = 16;

    private const int LinkMode = 0xA000;
    private const int FolderMode = 0x4000;
    private const int FileMode = 0x8000;

    /// <summary>A folder that no member names.</summary>
    private const int UsualFolder = 0b111_101_101;

    /// <summary>Bytes of a name: SharpZipLib and many readers take no more; characters that become U+FFFD take three for one.</summary>
    private const int MaxName = 20_000;

    /// <summary>Bytes of a file that may not fit 32 bits once it is deflated, which can make it longer.</summary>
    private const long LargeSize = 0xF000_0000;

    /// <summary>Bytes written at once.</summary>
    private const int BufferLength = 64 << 10;

    // What the field of old can hold.
    private static readonly DateTime First = new(1980, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Last = new(2107, 12, 31, 0, 0, 0, DateTimeKind.Utc);

    private readonly HardLinks links = new(tree);

    /// <summary>Writes it.</summary>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="path">Clean: names in the zip begin with its last piece.</param>
    /// <param name="progress">Told how many bytes of contents there are.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Unsupported"/> if it is too much; <see cref="ErrorCode.Corrupt"/>.</exception>
    public void Write(Stream target, byte[] path, TransferProgress progress, CancellationToken cancellation)
    {
        var root = tree.Require(path);
        var skipped = MemberPath.Folder(path).Length is > 0 and var length ? length + 1 : 0;

        var entries = (path.Length > 0 ? [root] : Array.Empty<CatalogEntry>()).Concat(tree.Below(path, all: false));
        Check(entries, cancellation);

        // Its end is written by Finish alone: what breaks off must not look whole. It writes a field at a time.
        var joined = new BufferedStream(target, BufferLength);
        var zip = new ZipOutputStream(joined, BufferLength) { IsStreamOwner = false };
        zip.SetLevel(Level);
        foreach (var entry in entries)
        {
            cancellation.ThrowIfCancellationRequested();
            Add(zip, entry, skipped, progress, cancellation);
        }

        zip.Finish();
        joined.Flush();
    }

    // Before the first byte goes out: later, nobody would be told why it breaks off.
    private static void Check(IEnumerable<CatalogEntry> entries, CancellationToken cancellation)
    {
        var (members, names) = (0, 0L);
        foreach (var entry in entries)
        {
            cancellation.ThrowIfCancellationRequested();
            if (++members > MaxMembers)
                throw new RepositoryException(ErrorCode.Unsupported, $"A zip of more than {MaxMembers} members is none that is made here; a tar is");
            if (entry.Path.Length > MaxName)
                throw new RepositoryException(ErrorCode.Unsupported, $"A name has {entry.Path.Length} bytes: a zip cannot hold it, a tar can");
            if ((names += entry.Path.Length) > MaxNames)
                throw new RepositoryException(ErrorCode.Unsupported, $"A zip whose names have more than {MaxNames} bytes is none that is made here; a tar is");
        }
    }

    private void Add(ZipOutputStream zip, CatalogEntry entry, int skipped, TransferProgress progress, CancellationToken cancellation)
    {
        if (links.Follow(entry) is not { } found)
            return;
        // A backslash is a slash to some readers of zips, and to the library: it would lead elsewhere.
        var name = MemberPath.Text(entry.Path.AsSpan(skipped)).Replace('\\', '_');
        switch (MemberTypes.Of(found))
        {
            case MemberTypes.Folder:
                Begin(zip, found, name + "/", 0, FolderMode | (found.Place is null ? UsualFolder : found.Mode));
                break;
            case MemberTypes.SymbolicLink:
                Begin(zip, found, name, found.LinkName.Length, LinkMode | found.Mode);
                zip.Write(found.LinkName);
                break;
            case MemberTypes.File:
                var contents = MemberContents.Open(found, headers, payload, cancellation);
                Begin(zip, found, name, contents.Length, FileMode | found.Mode);
                contents.Write(zip, 0, contents.Length, progress, cancellation);
                break;
            default:
                return;
        }

        zip.CloseEntry();
    }

    private static void Begin(ZipOutputStream zip, CatalogEntry entry, string name, long size, int mode)
    {
        var header = new ZipEntry(name) { Size = size, IsUnicodeText = true, HostSystem = (int)HostSystemID.Unix, ExternalFileAttributes = mode << ModeShift };
        if (size >= LargeSize)
            header.ForceZip64();
        var time = entry.Place is null ? First : entry.Modified.Calendar ?? First;
        header.DateTime = time < First ? First : time > Last ? Last : time;
        if (entry.Place is not null && entry.Modified.Seconds is >= int.MinValue and <= int.MaxValue)
        {
            // The field of old has no time zone, nor odd seconds, nor anything before 1980.
            var extra = new ZipExtraData();
            extra.AddEntry(new ExtendedUnixData { ModificationTime = time, Include = ExtendedUnixData.Flags.ModificationTime });
            header.ExtraData = extra.GetEntryData();
        }

        zip.PutNextEntry(header);
    }
}
