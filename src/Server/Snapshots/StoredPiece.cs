using StreamBack.Protocol.Chunking;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>Bytes of a stored stream, of one chunk: opened, or in a frame that is passed on as it is.</summary>
/// <param name="Id">The chunk.</param>
/// <param name="Chunk">The chunk's bytes; the default if it is in <paramref name="Frame"/>.</param>
/// <param name="Frame">The frame; null if the chunk is opened.</param>
/// <param name="Offset">Where the piece begins, in the chunk or in the opened frame.</param>
/// <param name="Length">Its bytes; 0 only at the stream's end.</param>
internal readonly record struct StoredPiece(ChunkId Id, ChunkBytes Chunk, PassedFrame? Frame, int Offset, int Length)
{
    /// <summary>The bytes of an opened one; valid until the stream goes on.</summary>
    public ReadOnlySpan<byte> Span => Length == 0 ? default : Chunk.Span.Slice(Offset, Length);

    /// <summary>The beginning of it.</summary>
    public StoredPiece First(int length) => this with { Length = length };
}
