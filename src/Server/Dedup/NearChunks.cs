using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Dedup;

/// <summary>
/// The bytes of plain chunks that deltas may be made against: of this session's latest frames, which are still in memory,
/// and of stored ones, as far as the keys open them.
/// </summary>
/// <param name="index">Knows where stored chunks are.</param>
/// <param name="frames">Opens them.</param>
/// <param name="chunkClass">Whose chunks they are.</param>
/// <param name="opensStored">Whether the keys open stored ones of that class.</param>
/// <remarks>Threading: one thread adds; any number read while it does not.</remarks>
internal sealed class NearChunks(ChunkIndex index, FrameCache frames, ChunkClass chunkClass, bool opensStored) : IDisposable
{
    /// <summary>
    /// Own frames kept: more stream than one open bundle holds of compressible data; 1 MiB each.
    /// </summary>
    private const int OwnFrames = 48;

    /// <summary>What each put keeps however many run: repetitions within a stream are near more often than far.</summary>
    private const int LeastOwnFrames = 4;

    private readonly Queue<(SharedBytes Bytes, List<ChunkId> Chunks)> own = new();
    private readonly Dictionary<ChunkId, (SharedBytes Bytes, int Offset, int Length)> places = [];

    /// <summary>Remembers the plain chunks of a full frame.</summary>
    public void Add(OpenFrame frame)
    {
        var bytes = frame.Hold();
        var chunks = new List<ChunkId>(frame.Entries.Count);
        var offset = 0;
        foreach (var entry in frame.Entries)
        {
            if (entry.Base is null && places.TryAdd(entry.Id, (bytes, offset, entry.StoredLength)))
                chunks.Add(entry.Id);
            offset += entry.StoredLength;
        }

        own.Enqueue((bytes, chunks));
        for (var most = MemoryShare.Of(OwnFrames, LeastOwnFrames); own.Count > most;)
            Forget(own.Dequeue());
    }

    /// <summary>Finds the bytes of a plain chunk.</summary>
    /// <param name="id">The chunk.</param>
    /// <param name="holder">Holds the bytes until the caller releases it; null if the chunk is not at hand.</param>
    /// <param name="bundle">The bundle that it is stored in; null if it is this session's own.</param>
    /// <exception cref="RepositoryException">A stored chunk is damaged.</exception>
    public ReadOnlySpan<byte> Read(ChunkId id, out SharedBytes? holder, out ObjectId? bundle)
    {
        bundle = null;
        if (places.TryGetValue(id, out var near))
        {
            holder = near.Bytes.Hold();
            return near.Bytes.Span.Slice(near.Offset, near.Length);
        }

        holder = null;
        if (!opensStored || !index.TryFindPlain(id, chunkClass, out var place) || frames.TryBundle(place.Bundle) is not { } reader)
            return default;

        // A delta made against anything but the chunk itself could never be opened: the footer decides, not the index.
        if (place.Entry >= reader.Footer.Count || reader.Footer.Id(place.Entry) != id || reader.Footer.Base(place.Entry) is not null)
            return default;
        var entry = reader.Footer.Place(place.Entry);
        holder = frames.Frame(reader, entry.Frame);
        bundle = place.Bundle;
        return holder.Span.Slice(entry.Offset, entry.Entry.StoredLength);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (own.TryDequeue(out var frame))
            Forget(frame);
    }

    private void Forget((SharedBytes Bytes, List<ChunkId> Chunks) frame)
    {
        foreach (var id in frame.Chunks)
            places.Remove(id);
        frame.Bytes.Release();
    }
}
