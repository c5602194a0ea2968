using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Dedup;

/// <summary>An index file's layout. Format: 5; do not change.</summary>
internal static class IndexFormat
{
    public const string Magic = "SBINDEX1";
    public const string TrailerMagic = "SBINDEND";

    /// <summary>A page, opened: one read of a disk or of the page cache, about 85 records.</summary>
    public const int PageSize = 4096;

    /// <summary>A page in the file.</summary>
    public const int SealedPageSize = PageSize + SealingKey.TagSize;

    /// <summary>Page: records, bases, zero.</summary>
    public const int PageHeadSize = 2 * sizeof(ushort) + sizeof(uint);

    /// <summary>Record: chunk id, bundle, entry, chunk length, base, class.</summary>
    public const int RecordSize = ChunkId.Length + 3 * sizeof(uint) + 2 * sizeof(ushort);

    /// <summary>What stands for "no base" in a record.</summary>
    public const ushort NoBase = ushort.MaxValue;

    /// <summary>Bytes of filter sealed together.</summary>
    public const int FilterPartSize = 1 << 20;

    /// <summary>The directory's ordinal: above any page or filter part.</summary>
    public const ulong DirectoryOrdinal = 1UL << 32;

    /// <summary>Directory: records, pages, bundles, filter blocks, zero.</summary>
    public const int DirectoryHeadSize = sizeof(ulong) + 4 * sizeof(uint);

    /// <summary>Directory, per page: the first bytes of its first id.</summary>
    public const int PageKeySize = sizeof(ulong);

    /// <summary>The longest directory: 64 TiB of 64 KiB chunks in one file.</summary>
    public const int MaxDirectoryLength = 256 << 20;

    /// <summary>Trailer: directory offset, its sealed length, zero, magic.</summary>
    public const int TrailerSize = sizeof(ulong) + sizeof(uint) + 12 + 8;

    /// <summary>Where a page is in the file.</summary>
    public static long PageOffset(int page) => FileHead.Size + (long)page * SealedPageSize;

    /// <summary>Bytes of a page that a record takes.</summary>
    public static int Room(ChunkPlace place) => RecordSize + (place.Base is null ? 0 : ChunkId.Length);

    /// <summary>Bytes of a bundle's name in the directory.</summary>
    public const int BundleIdSize = ObjectId.Size;
}
