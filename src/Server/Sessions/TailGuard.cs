using StreamBack.Protocol.Tar;
using StreamBack.Server.Bundles;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Writes a stream out so that what is written never looks whole before it is (<see cref="TarTail"/>); before a tar's first
/// contents it lets out half of the first header. A stream that breaks off then ends inside a member, or inside the first header, which
/// GNU tar and bsdtar refuse; bsdtar takes nothing at all for an empty tar, GNU tar any later header that is cut for the end.
/// </summary>
/// <remarks>Threading: one thread. Hands each block to the hash before it is written.</remarks>
internal sealed class TailGuard : ISnapshotSink, IDisposable
{
    /// <summary>Bytes written at once: what a large pipe takes in a few rounds.</summary>
    private const int BlockLength = 256 << 10;

    private const int HalfHeader = TarTail.TarBlock / 2;

    private readonly Stream target;
    private readonly StreamHasher hasher;
    private readonly Action<long> progress;
    private readonly TarTail tail;
    private readonly Queue<(SharedBytes Block, int Length)> held = new();
    private SharedBytes block = new(BlockLength);
    private int used;
    private long position;
    private long written;
    private bool endsInHeader;

    /// <param name="target">Where the stream goes; not closed.</param>
    /// <param name="hasher">Gets every byte, in order.</param>
    /// <param name="tail">Says what may be written; at the beginning.</param>
    /// <param name="progress">Told how far the stream is, in bytes.</param>
    public TailGuard(Stream target, StreamHasher hasher, TarTail tail, Action<long> progress)
    {
        this.target = target;
        this.hasher = hasher;
        this.tail = tail;
        this.progress = progress;
        position = written = tail.Position;
    }

    /// <inheritdoc/>
    public void Header(in StoredPiece piece)
    {
        tail.Header(piece.Length);
        Append(piece.Span);
        if (tail.IsTar && written == 0 && position >= HalfHeader)
        {
            // So many headers may have come at once that their first block is held already.
            var first = held.TryPeek(out var next) ? next.Block : block;
            target.Write(first.Span[..HalfHeader]);
            written = HalfHeader;
        }
    }

    /// <inheritdoc/>
    public void Payload(in StoredPiece piece, long runStart, long runEnd)
    {
        tail.Payload(piece.Length, runStart, runEnd);
        Append(piece.Span);
    }

    /// <summary>Hands the last block to the hash. Nothing more is written until <see cref="Release"/>.</summary>
    public void Finish() => EndBlock();

    /// <summary>Writes what was held back: the whole is confirmed.</summary>
    public void Release()
    {
        tail.Confirm();
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
        if (tail.IsTar && (written == 0 || endsInHeader))
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
        hasher.Append(block, used);
        held.Enqueue((block, used));
        block = new SharedBytes(BlockLength);
        used = 0;
        tail.Bound();
        WriteSafe();
        progress(position);
    }

    private void WriteSafe()
    {
        var start = position - used;
        foreach (var (_, length) in held)
            start -= length;
        while (held.TryPeek(out var next) && written < tail.Safe)
        {
            var from = (int)(written - start);
            var to = (int)Math.Min(next.Length, tail.Safe - start);
            if (to > from)
                target.Write(next.Block.Span[from..to]);
            written = start + to;
            endsInHeader = written == tail.Safe && tail.CutsInsideHeader;
            if (to < next.Length)
                return;
            held.Dequeue().Block.Release();
            start += next.Length;
        }
    }
}
