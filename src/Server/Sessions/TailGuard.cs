using StreamBack.Protocol.Http;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Bundles;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Writes a stream out so that what is written never looks whole before it is: of a tar it holds back everything from the
/// last 512 bytes of the latest member contents on, until more contents follow or the whole is confirmed; before the first
/// contents it lets out half of the first header. A stream that breaks off then always ends inside a member, or inside the
/// first header, which GNU tar and bsdtar refuse; bsdtar takes nothing at all for an empty tar, GNU tar any later header
/// that is cut for the end.
/// </summary>
/// <remarks>Threading: one thread. Hands each block to the hash before it is written.</remarks>
internal sealed class TailGuard : ISnapshotSink, IDisposable
{
    /// <summary>Bytes written at once: what a large pipe takes in a few rounds.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary>Of the last contents this much is kept: a block of a tar.</summary>
    private const int TarBlock = 512;

    /// <summary>The most that is held back; beyond it a cut inside a header must do.</summary>
    private const long MaxHeld = 4 << 20;

    private readonly Stream target;
    private readonly StreamHasher? hasher;
    private readonly Action<long> progress;
    private readonly long contentsEnd;
    private readonly Queue<(SharedBytes Block, int Length)> held = new();
    private SharedBytes block = new(BlockLength);
    private int used;
    private long position;
    private long written;
    private long safe;
    private bool cutsInsideHeader;

    /// <param name="target">Where the stream goes; not closed.</param>
    /// <param name="hasher">Gets every byte, in order; null if somebody else hashes.</param>
    /// <param name="offset">Where in the stream this begins.</param>
    /// <param name="contentsEnd">
    /// From here on nothing is a member's contents; 0 if the stream is no tar, and nothing need be held back.
    /// </param>
    /// <param name="progress">Told how far the stream is, in bytes.</param>
    public TailGuard(Stream target, StreamHasher? hasher, long offset, long contentsEnd, Action<long> progress)
    {
        this.target = target;
        this.hasher = hasher;
        this.progress = progress;
        this.contentsEnd = contentsEnd;
        position = written = safe = offset;
    }

    /// <summary>From where on a tar is to be held back until it is confirmed, if all of its layout is known.</summary>
    /// <param name="contents">Where its last contents begin and end; null if it has none.</param>
    /// <param name="length">Bytes of the stream.</param>
    public static StreamCut Cut((long Start, long End)? contents, long length)
    {
        if (contents is not var (start, end))
            return new StreamCut(Math.Min(TarBlock / 2, length), InsideHeader: false);
        var cut = end - Math.Min(TarBlock, end - start);
        return length - cut > MaxHeld ? new StreamCut(InsideHeader(length - MaxHeld / 2), InsideHeader: true) : new StreamCut(cut, InsideHeader: false);
    }

    /// <inheritdoc/>
    public void Header(ReadOnlySpan<byte> bytes)
    {
        Append(bytes);
        if (contentsEnd > 0 && written == 0 && position >= TarBlock / 2)
        {
            // So many headers may have come at once that their first block is held already.
            var first = held.TryPeek(out var next) ? next.Block : block;
            target.Write(first.Span[..(TarBlock / 2)]);
            written = TarBlock / 2;
        }
    }

    /// <inheritdoc/>
    public void Payload(ReadOnlySpan<byte> bytes, long runStart, long runEnd)
    {
        Append(bytes);
        if (contentsEnd == 0)
            safe = position;
        else if (runStart < contentsEnd && Math.Min(position, runEnd - Math.Min(TarBlock, runEnd - runStart)) is var inside && inside > safe)
            (safe, cutsInsideHeader) = (inside, false);
    }

    /// <summary>Hands the last block to the hash. Nothing more is written until <see cref="Release"/>.</summary>
    public void Finish() => EndBlock();

    /// <summary>Writes what was held back: the whole is confirmed.</summary>
    public void Release()
    {
        safe = position;
        WriteSafe();
        target.Flush();
    }

    /// <summary>
    /// Ends a tar that broke off where a reader would take it for whole: GNU tar takes a header that is cut for the end, bsdtar
    /// no bytes at all for an empty tar. What follows is no tar header, and both refuse it. For readers of a pipe, who get
    /// nothing else to see.
    /// </summary>
    public void Spoil()
    {
        if (contentsEnd == 0 || (written > 0 && !cutsInsideHeader))
            return;
        TarSpoiler.WriteTo(target);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        block.Release();
        while (held.TryDequeue(out var next))
            next.Block.Release();
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = Math.Min(bytes.Length, BlockLength - used);
            bytes[..count].CopyTo(block.Span[used..]);
            used += count;
            position += count;
            bytes = bytes[count..];
            if (used == BlockLength)
                EndBlock();
        }
    }

    private void EndBlock()
    {
        if (used == 0)
            return;
        hasher?.Append(block, used);
        held.Enqueue((block, used));
        block = new SharedBytes(BlockLength);
        used = 0;
        if (position - safe > MaxHeld)
            (safe, cutsInsideHeader) = (InsideHeader(position - MaxHeld / 2), true);
        WriteSafe();
        progress(position);
    }

    // Headers begin at multiples of 512, so the middle between two of these is inside one.
    private static long InsideHeader(long near) => near / TarBlock * TarBlock + TarBlock / 2;

    private void WriteSafe()
    {
        var start = position - used;
        foreach (var (_, length) in held)
            start -= length;
        while (held.TryPeek(out var next) && written < safe)
        {
            var from = (int)(written - start);
            var to = (int)Math.Min(next.Length, safe - start);
            if (to > from)
                target.Write(next.Block.Span[from..to]);
            written = start + to;
            if (to < next.Length)
                return;
            held.Dequeue().Block.Release();
            start += next.Length;
        }
    }
}
