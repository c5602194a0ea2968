using StreamBack.Server.Crypto;

namespace StreamBack.Server.Bundles;

/// <summary>A bundle's layout and limits. Format: 4; do not change.</summary>
internal static class BundleFormat
{
    public const string Magic = "SBBUNDLE";

    /// <summary>A frame's sealed head: codec, level, zero, plain length, entries.</summary>
    public const int FrameHeadSize = sizeof(byte) + sizeof(sbyte) + sizeof(ushort) + sizeof(uint) + sizeof(uint);

    /// <summary>Footer: frames, entries, bases, zero, hash of head and slots.</summary>
    public const int FooterHeadSize = 4 * sizeof(uint) + 32;

    /// <summary>Footer, per frame: offset, ordinal, sealed length, plain length, entries, slot, zero.</summary>
    public const int FrameRecordSize = 2 * sizeof(ulong) + 4 * sizeof(uint);

    /// <summary>Footer, per entry: chunk id, stored length, chunk length, base, features.</summary>
    public const int EntryRecordSize = 32 + 7 * sizeof(uint);

    /// <summary>Footer, per base: chunk id.</summary>
    public const int BaseRecordSize = 32;

    /// <summary>What stands for "no base" in an entry.</summary>
    public const uint NoBase = uint.MaxValue;

    /// <summary>Footers are padded to this, so that their length does not count entries.</summary>
    public const int FooterUnit = 4096;

    /// <summary>Trailer: footer offset, sealed length, zero, magic.</summary>
    public const int TrailerSize = sizeof(ulong) + sizeof(uint) + 12 + 8;

    /// <summary>Ends a bundle.</summary>
    public const string TrailerMagic = "SBBUNEND";

    /// <summary>The longest chunk.</summary>
    public const int MaxChunkLength = 4 << 20;

    /// <summary>The longest frame, opened.</summary>
    public const int MaxFrameLength = 8 << 20;

    /// <summary>The longest frame, sealed: an incompressible one with its head and tag.</summary>
    public const int MaxSealedFrameLength = MaxFrameLength + (1 << 20);

    /// <summary>The most frames of a bundle.</summary>
    public const int MaxFrames = 1 << 16;

    /// <summary>The most entries of a bundle.</summary>
    public const int MaxEntries = 1 << 20;

    /// <summary>The longest bundle.</summary>
    public const long MaxBundleLength = 1L << 30;

    /// <summary>The longest footer: the most entries, each with a base of its own, and the most frames.</summary>
    public const int MaxFooterLength = FooterHeadSize + MaxEntries * (EntryRecordSize + BaseRecordSize) + MaxFrames * FrameRecordSize + FooterUnit;

    /// <summary>The shortest bundle of a class: no single small put shows its size (docs/decisions/0003).</summary>
    public static long MinBundleLength(ChunkClass chunkClass) => chunkClass == ChunkClass.Content ? 64 << 10 : 16 << 10;

    /// <summary>The kind under which a class's frames are sealed.</summary>
    public static SealedKind FrameKind(ChunkClass chunkClass) =>
        chunkClass == ChunkClass.Content ? SealedKind.ContentFrame : SealedKind.StructureFrame;
}

/// <summary>How a frame's payload is kept. Format: 4.1.</summary>
internal enum FrameCodec : byte
{
    Stored = 0,
    Zstd = 1,
    Padding = 2,
}
