using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>Pieces of a stored stream, read mostly forwards. Each chunk is compared with its id: no hash vouches for a part.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
/// <param name="root">Of the stored stream.</param>
/// <param name="chunks">Reads chunks.</param>
/// <param name="verifier">Names chunks.</param>
internal sealed class StoredSequence(RecipeRoot root, ChunkReader chunks, ChunkHasher verifier) : IDisposable
{
    /// <summary>Bytes passed over rather than looked for anew: a few chunks.</summary>
    private const int Nearby = 256 << 10;

    /// <summary>Bytes of chunks read ahead where reading goes on and on: frames for both cores.</summary>
    private const int Ahead = 4 << 20;

    /// <summary>The same where nobody knows yet whether it does: a chunk or two.</summary>
    private const int LeastAhead = 64 << 10;

    private StoredStreamReader? reader;

    /// <summary>How many bytes there are.</summary>
    public long Length => root.Length;

    /// <summary>Copies bytes.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <param name="target">Takes them in pieces.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if they are not all there.</exception>
    public void Copy(long offset, long length, SpanAction target, CancellationToken cancellation)
    {
        if (offset < 0 || length < 0 || length > root.Length - offset)
            throw new RepositoryException(ErrorCode.Corrupt, $"a catalog tells of {length} bytes at {offset} of a stored stream of {root.Length}");
        if (length == 0)
            return;
        GoTo(offset, length);
        while (length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var bytes = reader!.Peek().Span;
            bytes = bytes[..(int)Math.Min(bytes.Length, length)];
            target(bytes);
            reader.Advance(bytes.Length);
            length -= bytes.Length;
        }
    }

    /// <summary>Reads as many bytes as there is room for; errors as of <see cref="Copy"/>.</summary>
    public void Read(long offset, Memory<byte> target, CancellationToken cancellation) => Copy(offset, target.Length, piece =>
    {
        piece.CopyTo(target.Span);
        target = target[piece.Length..];
    }, cancellation);

    /// <inheritdoc/>
    public void Dispose() => reader?.Dispose();

    // One small piece after another, here and there, must not cost what is around each.
    private void GoTo(long offset, long wanted)
    {
        var ahead = (int)Math.Clamp(wanted, LeastAhead, Ahead);
        if (reader is null || offset < reader.Position || offset > reader.Position + Nearby)
        {
            reader?.Dispose();
            reader = new StoredStreamReader(root, chunks, offset, ahead, verifier);
        }
        else
        {
            reader.MaxBytesAhead = Math.Max(ahead, Math.Min(2 * reader.MaxBytesAhead, Ahead));
        }

        while (reader.Position < offset)
            reader.Advance((int)Math.Min(offset - reader.Position, reader.Peek().Length));
    }

    /// <summary>Takes a piece.</summary>
    public delegate void SpanAction(ReadOnlySpan<byte> bytes);
}
