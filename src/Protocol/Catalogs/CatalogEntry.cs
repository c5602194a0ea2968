using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>One path of a catalog: a member's facts and its place, or a folder that no member names.</summary>
public sealed record CatalogEntry
{
    /// <summary>As a view shows it: <see cref="MemberPath"/>.</summary>
    public required byte[] Path { get; init; }

    /// <summary>Where it is; null for a folder that no member names.</summary>
    public MemberPlace? Place { get; init; }

    /// <summary>The name as it is in the tar.</summary>
    public byte[] TarName { get; init; } = [];

    /// <summary>The type flag byte of the header; see <see cref="TarMember.Type"/>.</summary>
    public byte Type { get; init; }

    /// <summary>Whether readers make a folder of it.</summary>
    public bool IsFolder { get; init; }

    /// <summary>Bytes of the file when extracted, if it is sparse; null if it is not.</summary>
    public long? SparseSize { get; init; }

    /// <summary>Whether some fact could not be read.</summary>
    public bool IsMalformed { get; init; }

    /// <summary>The twelve permission bits.</summary>
    public int Mode { get; init; }

    /// <summary>The owner's number; 0 if it could not be read.</summary>
    public long Uid { get; init; }

    /// <summary>The group's number; 0 if it could not be read.</summary>
    public long Gid { get; init; }

    /// <summary>When the contents last changed.</summary>
    public TarTime Modified { get; init; }

    /// <summary>The target of a link; empty for others.</summary>
    public byte[] LinkName { get; init; } = [];

    /// <summary>The owner's name; empty when the tar has none.</summary>
    public byte[] UserName { get; init; } = [];

    /// <summary>The group's name; empty when the tar has none.</summary>
    public byte[] GroupName { get; init; } = [];

    /// <summary>Of a device; otherwise null.</summary>
    public (long Major, long Minor)? Device { get; init; }

    /// <summary>XXH3 of the contents, to tell changed ones: no proof against who wants two to be alike. 0 if there are none.</summary>
    public ulong ContentHash { get; init; }

    /// <summary>Of the PAX records that say what nothing else here does (attributes, access lists): equal ones have equal sums. 0 if there are none.</summary>
    public ulong ExtensionHash { get; init; }

    /// <summary>Bytes of the file when extracted.</summary>
    public long Size => SparseSize ?? Place?.PayloadSize ?? 0;
}
