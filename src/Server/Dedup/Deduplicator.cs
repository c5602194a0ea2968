using System.Buffers;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Dedup;

/// <summary>
/// Stores what is new of a stream's content. Each chunk is known, or becomes a delta against a similar one, or is stored
/// plainly; which of them depends only on the order of the chunks.
/// </summary>
/// <remarks>
/// Threading: one thread adds batches; deltas of a batch are tried on all cores while it waits. Bundles become known to
/// the index by <see cref="Stored"/>, from the writing thread.
/// </remarks>
internal sealed class Deduplicator(
    LocalityCache known, SimilarityIndex similar, NearChunks near, SuperFeatureExtractor features, BundlePipeline bundles)
    : IDisposable
{
    /// <summary>Payload, headers, layout and deltas compress best among themselves.</summary>
    private const int Frames = 4;

    private const int DeltaFrame = Frames - 1;

    private readonly DeltaMaker deltas = new(near);
    private readonly OpenFrame?[] open = new OpenFrame?[Frames];
    private readonly HashSet<ChunkId> underway = [];
    private readonly List<(ChunkSlice Chunk, ChunkId Id, SuperFeatures Features, ChunkId? Base)> fresh = [];
    private readonly HashSet<ObjectId> used = [];
    private readonly long[] positions = new long[Enum.GetValues<Lane>().Length];
    private StoredStats stats;

    /// <summary>Called before each search for a similar chunk with its place, to bring near what an earlier snapshot has there.</summary>
    public Action<Lane, long>? BringNear { get; init; }

    /// <summary>What has been added so far.</summary>
    public StoredStats Stats => stats;

    /// <summary>Stored bundles that hold bases of this session's deltas.</summary>
    public IReadOnlySet<ObjectId> BaseBundles => used;

    /// <summary>Adds the chunks of a batch.</summary>
    /// <param name="lane">Which of the stored streams they are of.</param>
    /// <param name="batch">The chunks.</param>
    /// <param name="ids">Their ids, in order.</param>
    public void Add(Lane lane, ChunkBatch batch, ReadOnlySpan<ChunkId> ids)
    {
        var position = positions[(int)lane];
        for (var number = 0; number < ids.Length; number++)
        {
            var start = position;
            position += batch.Chunks[number].Length;
            stats.Chunks++;
            if (IsUnderway(ids[number]) || known.TryFind(ids[number], ChunkClass.Content, out _))
                continue;
            var chunk = batch.Chunks[number];
            stats.NewChunks++;
            stats.NewChunkBytes += chunk.Length;
            lock (underway)
                underway.Add(ids[number]);
            var own = features.Extract(batch.Samples(chunk));
            fresh.Add((chunk, ids[number], own, FindSimilar(ids[number], own, lane, start)));
        }

        positions[(int)lane] = position;
        if (fresh.Count > 0)
            StoreFresh((int)lane, batch);
        fresh.Clear();
    }

    /// <summary>Counts chunks whose bytes are not at hand, since they are stored.</summary>
    /// <param name="lane">Which of the stored streams they are of.</param>
    /// <param name="ids">Their ids.</param>
    /// <param name="length">Bytes of all of them.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if one is not, or can no longer be read.</exception>
    public void Reuse(Lane lane, ReadOnlySpan<ChunkId> ids, long length)
    {
        positions[(int)lane] += length;
        foreach (var id in ids)
        {
            stats.Chunks++;
            if (!IsUnderway(id) && !known.TryFind(id, ChunkClass.Content, out _))
                throw new RepositoryException(ErrorCode.Failed, $"Chunk {id} was there when it was asked for, and no longer is: put the stream again");
        }
    }

    /// <summary>Hands over the frames that are still open.</summary>
    public void Flush()
    {
        for (var frame = 0; frame < Frames; frame++)
            Submit(frame);
    }

    /// <summary>A bundle became durable and is in the index; its chunks are no longer underway.</summary>
    public void Stored(WrittenBundle bundle)
    {
        lock (underway)
        {
            foreach (var entry in bundle.Entries)
                underway.Remove(entry.Id);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var frame in open)
            frame?.Dispose();
        near.Dispose();
    }

    private bool IsUnderway(ChunkId id)
    {
        lock (underway)
            return underway.Contains(id);
    }

    private ChunkId? FindSimilar(ChunkId id, SuperFeatures own, Lane lane, long position)
    {
        if (!own.Exist)
            return null;
        BringNear?.Invoke(lane, position);
        return similar.Find(own) is { } candidate && !known.WasLost(id) ? candidate : null;
    }

    private void StoreFresh(int lane, ChunkBatch batch)
    {
        var made = TryDeltas(batch);
        for (var number = 0; number < fresh.Count; number++)
        {
            var (chunk, id, own, _) = fresh[number];
            var delta = made[number];
            if (delta.Length == 0)
            {
                Room(lane, chunk.Length).AddPlain(id, batch.Bytes(chunk), own);
                similar.Add(id, own);
                continue;
            }

            stats.DeltaChunks++;
            if (delta.BaseBundle is { } bundle)
                used.Add(bundle);
            Room(DeltaFrame, delta.Length).AddDelta(id, chunk.Length, delta.Base, delta.Buffer.AsSpan(0, delta.Length));
            ArrayPool<byte>.Shared.Return(delta.Buffer);
        }
    }

    private Delta[] TryDeltas(ChunkBatch batch)
    {
        var made = new Delta[fresh.Count];
        var tries = Enumerable.Range(0, fresh.Count).Where(number => fresh[number].Base is not null).ToArray();
        if (tries.Length == 1)
            made[tries[0]] = deltas.Make(batch.Bytes(fresh[tries[0]].Chunk), fresh[tries[0]].Base!.Value);
        else if (tries.Length > 1)
            Parallel.ForEach(tries, number => made[number] = deltas.Make(batch.Bytes(fresh[number].Chunk), fresh[number].Base!.Value));
        return made;
    }

    private OpenFrame Room(int frame, int length)
    {
        if (open[frame] is { } current && !current.HasRoom(length))
            Submit(frame);
        return open[frame] ??= new OpenFrame(length);
    }

    private void Submit(int number)
    {
        if (open[number] is not { } frame)
            return;
        open[number] = null;
        if (number != DeltaFrame)
            near.Add(frame);
        bundles.Submit(frame);
    }
}
