using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Dedup;

/// <summary>A stored chunk's bytes: a piece of what it holds. Release the holder when done.</summary>
internal readonly record struct ChunkBytes(SharedBytes Holder, int Offset, int Length)
{
    /// <summary>The bytes; valid while held.</summary>
    public ReadOnlySpan<byte> Span => Holder.Span.Slice(Offset, Length);
}

/// <summary>Reads chunks back: plain ones out of their frames, deltas with their bases.</summary>
/// <remarks>Threading: one thread asks; frames are opened by any.</remarks>
internal sealed class ChunkReader(LocalityCache known, FrameCache frames)
{
    /// <summary>Where a chunk is.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if it is nowhere.</exception>
    public ChunkPlace Find(ChunkId id, ChunkClass chunkClass) =>
        known.TryFind(id, chunkClass, out var place)
            ? place
            : throw new RepositoryException(ErrorCode.Corrupt, $"chunk {id} is missing: no bundle that is there has it");

    /// <summary>Reads a chunk now.</summary>
    public ChunkBytes Read(ChunkId id, ChunkClass chunkClass) => ReadAsync(Find(id, chunkClass)).GetAwaiter().GetResult();

    /// <summary>Begins to read a chunk; its frames are opened by any free core.</summary>
    /// <param name="place">From <see cref="Find"/>.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>, at once or by the task.
    /// </exception>
    public Task<ChunkBytes> ReadAsync(ChunkPlace place)
    {
        if (place.Base is not { } baseId)
            return ReadEntryAsync(place);
        if (!known.TryFindPlain(baseId, place.Class, out var basePlace))
            throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: entry {place.Entry} is a delta on {baseId}, of which there is no plain copy");
        return ReadDeltaAsync(place, ReadEntryAsync(place), ReadEntryAsync(basePlace));
    }

    private async Task<ChunkBytes> ReadEntryAsync(ChunkPlace place)
    {
        var bundle = frames.Bundle(place.Bundle);
        if (place.Entry >= bundle.Footer.Count)
            throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: has {bundle.Footer.Count} entries, the index names number {place.Entry}");
        var entry = bundle.Footer.Place(place.Entry);
        var frame = await frames.FrameAsync(bundle, entry.Frame).ConfigureAwait(false);
        return new ChunkBytes(frame, entry.Offset, entry.Entry.StoredLength);
    }

    private static async Task<ChunkBytes> ReadDeltaAsync(ChunkPlace place, Task<ChunkBytes> deltaReading, Task<ChunkBytes> baseReading)
    {
        await Task.WhenAll(deltaReading, baseReading).ConfigureAwait(false);
        var (delta, prefix) = (await deltaReading.ConfigureAwait(false), await baseReading.ConfigureAwait(false));
        var chunk = new SharedBytes(place.ChunkLength);
        try
        {
            using var lease = ZstdPool.Rent();
            if (!lease.Zstd.TryDecompress(delta.Span, prefix.Span, chunk.Span))
                throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: entry {place.Entry} does not open with its base");
            return new ChunkBytes(chunk, 0, place.ChunkLength);
        }
        catch
        {
            chunk.Release();
            throw;
        }
        finally
        {
            delta.Holder.Release();
            prefix.Holder.Release();
        }
    }
}
