using System.Runtime.InteropServices;

namespace StreamBack.Server.Bundles;

/// <summary>
/// libzstd, bound by its soname (Debian's libzstd1): one-shot frames, with or without another chunk as prefix.
/// Owns one compression and one decompression context, made on first use.
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed partial class Zstd : IDisposable
{
    private const string Library = "libzstd.so.1";

    /// <summary>ZSTD_c_compressionLevel.</summary>
    private const int LevelParameter = 100;

    /// <summary>ZSTD_c_hashLog, ZSTD_c_chainLog: the tables of what was seen, in which level 3 finds longer and shorter repeats.</summary>
    private const int HashLogParameter = 102, ChainLogParameter = 103;

    /// <summary>
    /// Level 3 has tables of 512 and 256 KiB for a frame of 1 MiB. With 256 and 64 they stay in a core's cache of 512 KiB: a tenth of the time
    /// less for half a percent more bytes (docs/decisions/0003).
    /// </summary>
    private const int NearLevel = 3, NearHashLog = 16, NearChainLog = 14;

    /// <summary>ZSTD_reset_session_only: whatever an error left unfinished. A prefix is single-use anyway.</summary>
    private const int ResetSession = 1;

    private nint compressor;
    private nint decompressor;
    private int currentLevel;

    /// <summary>Levels that may be asked for: the fast negative ones down to -7, and 1 to 19 (above it only memory grows).</summary>
    public static bool IsLevel(int level) => level is >= -7 and <= 19 and not 0;

    /// <summary>The most bytes that a frame of <paramref name="length"/> bytes can take: ZSTD_COMPRESSBOUND.</summary>
    public static int Bound(int length) => length + (length >> 8) + (length < 128 << 10 ? (128 << 10) - length >> 11 : 0);

    /// <summary>How many bytes a frame says that it holds; negative if it says nothing, or is none.</summary>
    public static unsafe long ContentLength(ReadOnlySpan<byte> frame)
    {
        // The two errors that ZSTD_getFrameContentSize tells of are -1 and -2 as unsigned numbers.
        fixed (byte* source = frame)
            return (long)ZSTD_getFrameContentSize(source, (nuint)frame.Length);
    }

    /// <summary>Compresses into one frame that carries its length.</summary>
    /// <param name="prefix">Bytes that the reader will have as well; may be empty.</param>
    /// <returns>Bytes written, or 0 if they do not fit into <paramref name="destination"/>.</returns>
    public unsafe int Compress(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> prefix, int level, Span<byte> destination)
    {
        if (compressor == 0)
            compressor = ZSTD_createCCtx();
        ZSTD_CCtx_reset(compressor, ResetSession);
        if (level != currentLevel)
            Set(level);
        fixed (byte* prefixStart = prefix, source = plain, target = destination)
        {
            if (prefix.Length > 0)
                ZSTD_CCtx_refPrefix(compressor, prefixStart, (nuint)prefix.Length);
            var written = ZSTD_compress2(compressor, target, (nuint)destination.Length, source, (nuint)plain.Length);
            return ZSTD_isError(written) == 0 ? (int)written : 0;
        }
    }

    /// <summary>Opens one frame.</summary>
    /// <param name="plain">Exactly as many bytes as the frame holds.</param>
    /// <param name="prefix">What it was compressed with.</param>
    /// <returns>False if it is no such frame.</returns>
    public unsafe bool TryDecompress(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> prefix, Span<byte> plain)
    {
        if (decompressor == 0)
            decompressor = ZSTD_createDCtx();
        fixed (byte* prefixStart = prefix, source = frame, target = plain)
        {
            if (prefix.Length > 0)
                ZSTD_DCtx_refPrefix(decompressor, prefixStart, (nuint)prefix.Length);
            var written = ZSTD_decompressDCtx(decompressor, target, (nuint)plain.Length, source, (nuint)frame.Length);
            return ZSTD_isError(written) == 0 && written == (nuint)plain.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (compressor != 0)
            ZSTD_freeCCtx(compressor);
        if (decompressor != 0)
            ZSTD_freeDCtx(decompressor);
        compressor = decompressor = 0;
    }

    // 0 leaves a table as the level has it.
    private void Set(int level)
    {
        ZSTD_CCtx_setParameter(compressor, LevelParameter, level);
        ZSTD_CCtx_setParameter(compressor, HashLogParameter, level == NearLevel ? NearHashLog : 0);
        ZSTD_CCtx_setParameter(compressor, ChainLogParameter, level == NearLevel ? NearChainLog : 0);
        currentLevel = level;
    }

    [LibraryImport(Library)]
    private static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_CCtx_reset(nint context, int what);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_CCtx_setParameter(nint context, int parameter, int value);

    [LibraryImport(Library)]
    private static unsafe partial nuint ZSTD_CCtx_refPrefix(nint context, byte* prefix, nuint length);

    [LibraryImport(Library)]
    private static unsafe partial nuint ZSTD_compress2(nint context, byte* target, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library)]
    private static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    private static unsafe partial nuint ZSTD_DCtx_refPrefix(nint context, byte* prefix, nuint length);

    [LibraryImport(Library)]
    private static unsafe partial nuint ZSTD_decompressDCtx(nint context, byte* target, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library)]
    private static unsafe partial ulong ZSTD_getFrameContentSize(byte* source, nuint length);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);
}
