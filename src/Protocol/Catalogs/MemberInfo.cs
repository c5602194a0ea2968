using System.Globalization;
using System.Text;
using System.Text.Unicode;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>What is at a path of a snapshot, as JSON shows it: <c>ls --json</c> and <c>GET …/catalog</c>.</summary>
public sealed record MemberInfo
{
    /// <summary>The path, its pieces joined by slashes; empty for the root. Where it is no UTF-8, what is legible of it.</summary>
    public required string Path { get; init; }

    /// <summary>The path's bytes, if they are no UTF-8.</summary>
    public byte[]? PathBytes { get; init; }

    /// <summary>One of <see cref="MemberTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Bytes of the file when extracted. This and what follows is null for a folder that no member names.</summary>
    public long? Size { get; init; }

    /// <summary>The twelve permission bits, octal.</summary>
    public string? Mode { get; init; }

    /// <summary>The owner's number.</summary>
    public long? Uid { get; init; }

    /// <summary>The group's number.</summary>
    public long? Gid { get; init; }

    /// <summary>The owner's name.</summary>
    public string? User { get; init; }

    /// <summary>The group's name.</summary>
    public string? Group { get; init; }

    /// <summary>When the contents last changed: <see cref="TarTime.ToString"/>.</summary>
    public string? Time { get; init; }

    /// <summary>The target of a link.</summary>
    public string? Link { get; init; }

    /// <summary>The target's bytes, if they are no UTF-8.</summary>
    public byte[]? LinkBytes { get; init; }

    /// <summary>A device's major and minor number.</summary>
    public long[]? Device { get; init; }

    /// <summary>Whether it is a sparse file.</summary>
    public bool? Sparse { get; init; }

    /// <summary>Whether some fact could not be read.</summary>
    public bool? Malformed { get; init; }

    /// <summary>XXH3 of the contents, 16 hex digits: other contents have another, unless somebody made them so.</summary>
    public string? ContentHash { get; init; }

    /// <summary>A sum of the attributes that are not among these, 16 hex digits.</summary>
    public string? ExtensionHash { get; init; }

    /// <summary>Where it is: the five numbers of a <see cref="MemberPlace"/>. Its headers begin at the sum of the first and the third in the stream, and its contents follow them.</summary>
    public long[]? Place { get; init; }

    /// <summary>What JSON shows of an entry.</summary>
    public static MemberInfo Of(CatalogEntry entry)
    {
        var (path, pathBytes) = Text(entry.Path);
        if (entry.Place is not { } place)
            return new MemberInfo { Path = path, PathBytes = pathBytes, Type = MemberTypes.Folder };
        var (link, linkBytes) = entry.LinkName.Length == 0 ? default : Text(entry.LinkName);
        return new MemberInfo
        {
            Path = path,
            PathBytes = pathBytes,
            Type = MemberTypes.Of(entry),
            Size = entry.Size,
            Mode = Convert.ToString(entry.Mode, 8).PadLeft(4, '0'),
            Uid = entry.Uid,
            Gid = entry.Gid,
            User = entry.UserName.Length == 0 ? null : Encoding.UTF8.GetString(entry.UserName),
            Group = entry.GroupName.Length == 0 ? null : Encoding.UTF8.GetString(entry.GroupName),
            Time = entry.Modified.ToString(),
            Link = link,
            LinkBytes = linkBytes,
            Device = entry.Device is { } device ? [device.Major, device.Minor] : null,
            Sparse = entry.SparseSize is null ? null : true,
            Malformed = entry.IsMalformed ? true : null,
            ContentHash = Hex(entry.ContentHash),
            ExtensionHash = Hex(entry.ExtensionHash),
            Place = [place.HeaderOffset, place.HeaderLength, place.PayloadOffset, place.PayloadSize, place.Global],
        };
    }

    /// <summary>The entry that JSON shows; of its name in the tar nothing is known.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if this is none.</exception>
    public CatalogEntry ToEntry()
    {
        var path = PathBytes ?? Encoding.UTF8.GetBytes(Path);
        if (Mode is null)
            return new CatalogEntry { Path = path, IsFolder = true };
        try
        {
            return new CatalogEntry
            {
                Path = path,
                IsFolder = Type == MemberTypes.Folder,
                Type = MemberTypes.Flag(Type),
                Place = Place is [var header, var headers, var payload, var size, var global] ? new MemberPlace(header, headers, payload, size, global) : throw Unreadable(),
                SparseSize = Sparse == true ? Size : null,
                IsMalformed = Malformed == true,
                Mode = Convert.ToInt32(Mode, 8),
                Uid = Uid ?? 0,
                Gid = Gid ?? 0,
                UserName = Encoding.UTF8.GetBytes(User ?? ""),
                GroupName = Encoding.UTF8.GetBytes(Group ?? ""),
                Modified = TarTime.TryParse(Time ?? "", out var time) ? time : throw Unreadable(),
                LinkName = LinkBytes ?? Encoding.UTF8.GetBytes(Link ?? ""),
                Device = Device is [var major, var minor] ? (major, minor) : null,
                ContentHash = ContentHash is null ? 0 : ulong.Parse(ContentHash, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                ExtensionHash = ExtensionHash is null ? 0 : ulong.Parse(ExtensionHash, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            };
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw Unreadable();
        }
    }

    private static RepositoryException Unreadable() => new(ErrorCode.Failed, "What the server says of a member cannot be read");

    // What is no UTF-8 is shown as U+FFFD.
    private static (string Text, byte[]? Bytes) Text(byte[] bytes) => (Encoding.UTF8.GetString(bytes), Utf8.IsValid(bytes) ? null : bytes);

    private static string? Hex(ulong hash) => hash == 0 ? null : hash.ToString("x16", CultureInfo.InvariantCulture);
}
