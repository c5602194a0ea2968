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
/// <param name="known">Where chunks are.</param>
/// <param name="frames">Bundles, and their opened frames.</param>
/// <remarks>Threading: one thread asks; frames are opened by any.</remarks>
internal sealed class ChunkReader(LocalityCache known, FrameCache frames)
{
    private readonly ChunkIndex index = known.Index;

    /// <summary>One that looks nowhere else than in an index.</summary>
    public ChunkReader(ChunkIndex index, FrameCache frames)
        : this(new LocalityCache(index, frames), frames)
    {
    }

    /// <summary>Where a chunk is.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if it is nowhere.</exception>
    public ChunkPlace Find(ChunkId id, ChunkClass chunkClass)
    {
        if (known.TryFind(id, chunkClass, out var place))
            return place;
        index.NoteDamage();
        throw new RepositoryException(ErrorCode.Corrupt, $"chunk {id} is missing: no bundle that is there has it");
    }

    /// <summary>How long a content chunk is, bytes: of one that is lost as well, while the index still tells of where it was. What comes after it in a stream can be found then.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if nobody knows.</exception>
    public int LengthOf(ChunkId id)
    {
        if (known.TryFind(id, ChunkClass.Content, out var place))
            return place.ChunkLength;
        return index.FindAll(id) is [var was, ..] ? was.ChunkLength : Find(id, ChunkClass.Content).ChunkLength;
    }

    /// <summary>Reads a chunk now.</summary>
    public ChunkBytes Read(ChunkId id, ChunkClass chunkClass) => ReadAsync(id, Find(id, chunkClass)).GetAwaiter().GetResult();

    /// <summary>Begins to read a chunk; its frames are opened by any free core. What does not open there is read from any other place that has it.</summary>
    /// <param name="place">From <see cref="Find"/>.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Corrupt"/>, <see cref="ErrorCode.Unsupported"/> or <see cref="ErrorCode.Denied"/>, by the task.
    /// </exception>
    public Task<ChunkBytes> ReadAsync(ChunkId id, ChunkPlace place) => OrElsewhereAsync(id, place, ReadThereAsync(place), other => true);

    /// <summary>The same, from this place only; the base of a delta from any.</summary>
    public async Task<ChunkBytes> ReadThereAsync(ChunkPlace place)
    {
        if (place.Base is not { } baseId)
            return await ReadEntryAsync(place).ConfigureAwait(false);
        if (!known.TryFindPlain(baseId, place.Class, out var basePlace))
            throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: entry {place.Entry} is a delta on {baseId}, of which there is no plain copy");
        return await ReadDeltaAsync(place, ReadEntryAsync(place), OrElsewhereAsync(baseId, basePlace, ReadEntryAsync(basePlace), other => other.Base is null)).ConfigureAwait(false);
    }

    private async Task<ChunkBytes> OrElsewhereAsync(ChunkId id, ChunkPlace place, Task<ChunkBytes> reading, Func<ChunkPlace, bool> isWanted)
    {
        try
        {
            return await reading.ConfigureAwait(false);
        }
        catch (Exception error) when (IsDamage(error))
        {
            index.NoteDamage();
            if (await TryEachAsync(index.Places(id, place.Class).Where(other => other != place && isWanted(other))).ConfigureAwait(false) is not { } found)
                throw;
            index.NoteReplaced(place.Bundle, error.Message);
            return found;
        }
    }

    private static bool IsDamage(Exception error) => error is IOException or RepositoryException { Code: ErrorCode.Corrupt or ErrorCode.Unsupported };

    // Not by way of what is known nearby, which belongs to the thread that asks.
    private async Task<ChunkBytes?> TryEachAsync(IEnumerable<ChunkPlace> places)
    {
        foreach (var place in places)
        {
            try
            {
                if (place.Base is not { } baseId)
                    return await ReadEntryAsync(place).ConfigureAwait(false);
                if (await TryEachAsync(index.Places(baseId, place.Class).Where(other => other.Base is null)).ConfigureAwait(false) is { } prefix)
                    return await ReadDeltaAsync(place, ReadEntryAsync(place), Task.FromResult(prefix)).ConfigureAwait(false);
            }
            catch (Exception error) when (IsDamage(error))
            {
                // Perhaps the next one.
            }
        }

        return null;
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
        Task<ChunkBytes>[] both = [deltaReading, baseReading];
        SharedBytes? chunk = null;
        try
        {
            await Task.WhenAll(both).ConfigureAwait(false);
            chunk = new SharedBytes(place.ChunkLength);
            var (delta, prefix) = (await deltaReading.ConfigureAwait(false), await baseReading.ConfigureAwait(false));
            using var lease = ZstdPool.Rent();
            if (!lease.Zstd.TryDecompress(delta.Span, prefix.Span, chunk.Span))
                throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: entry {place.Entry} does not open with its base");
            return new ChunkBytes(chunk, 0, place.ChunkLength);
        }
        catch
        {
            chunk?.Release();
            throw;
        }
        finally
        {
            foreach (var reading in both.Where(reading => reading.IsCompletedSuccessfully))
                (await reading.ConfigureAwait(false)).Holder.Release();
        }
    }
}
