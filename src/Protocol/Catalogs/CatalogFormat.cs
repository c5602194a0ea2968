using System.Buffers.Binary;
using System.IO.Hashing;

namespace StreamBack.Protocol.Catalogs;

/// <summary>The numbers of a catalog's tree. Format: 8.</summary>
internal static class CatalogFormat
{
    /// <summary>Bytes at the end of a catalog that say where its root is.</summary>
    public const int TrailerLength = 48;

    /// <summary>Levels at the most: with two entries a node, more than there are members anywhere.</summary>
    public const int MaxLevels = 64;

    /// <summary>Bytes of a name, a link's target or an owner at the most: systems take 4 KiB.</summary>
    public const int MaxText = 64 << 10;

    /// <summary>Bytes of a node at the most, for readers: a full one, and an entry of long texts.</summary>
    public const int MaxNodeLength = 1 << 20;

    /// <summary>Bytes after which a node ends in any case: eight times a usual one, so that keys nearly always decide, and one is still a small read.</summary>
    public const int FullNode = 32 << 10;

    /// <summary>One key in 64 ends a leaf, and one in 64 of those the node above it, and so on: about 4 KiB of leaf.</summary>
    private const int BitsPerLevel = 6;

    private const int HashBits = 64;

    private const ulong LevelMask = (1 << BitsPerLevel) - 1;

    private const ulong Magic = 0x3130_4c54_4143_4253; // "SBCATL01"

    /// <summary>How many levels of nodes end behind a key: writers only.</summary>
    public static int LevelsEnded(ReadOnlySpan<byte> key)
    {
        var hash = XxHash3.HashToUInt64(key);
        var levels = 0;
        for (; levels < HashBits / BitsPerLevel && (hash & LevelMask) == 0; hash >>= BitsPerLevel)
            levels++;
        return levels;
    }

    /// <summary>Writes the trailer.</summary>
    public static void WriteTrailer(Span<byte> target, in CatalogRoot root)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], root.Entries);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], root.Base.HeaderOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], root.Base.PayloadOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], root.Base.Global);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], root.NodeLength);
    }

    /// <summary>Reads the trailer.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Unsupported"/> if it is none that is known.</exception>
    public static CatalogRoot ReadTrailer(ReadOnlySpan<byte> trailer)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(trailer) != Magic)
            throw new RepositoryException(ErrorCode.Unsupported, "The catalog has a form that this build does not know");
        return new CatalogRoot(
            BinaryPrimitives.ReadInt64LittleEndian(trailer[8..]),
            new NodeBase(
                BinaryPrimitives.ReadInt64LittleEndian(trailer[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(trailer[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(trailer[32..])),
            BinaryPrimitives.ReadInt64LittleEndian(trailer[40..]));
    }
}
