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

    /// <summary>So many chunks after a known one the earlier version of a new one is still looked for where it would be: further on something else was put in, and each try costs as much as compressing the chunk.</summary>
    private const int MostExpected = 4;

    private readonly DeltaMaker deltas = new(near);
    private readonly OpenFrame?[] open = new OpenFrame?[Frames];
    private readonly HashSet<ChunkId> underway = [];
    private readonly HashSet<ObjectId> written = []; // bundles of this session
    private readonly List<(ChunkSlice Chunk, ChunkId Id, SuperFeatures Features, ChunkId? Base, int Share)> fresh = [];
    private readonly HashSet<ObjectId> used = [];
    private readonly (ChunkPlace Place, int Since)?[] last = new (ChunkPlace, int)?[Enum.GetValues<Lane>().Length]; // known chunks, and how many new ones came after each
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
            if (!IsKnown(lane, ids[number]))
                AddFresh(lane, batch, batch.Chunks[number], ids[number], start);
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
            if (!IsKnown(lane, id))
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
            written.Add(bundle.Id);
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

    private bool IsKnown(Lane lane, ChunkId id)
    {
        if (IsUnderway(id))
            return true;
        if (!known.TryFind(id, ChunkClass.Content, out var place))
            return false;
        if (!IsOwn(place.Bundle))
            last[(int)lane] = (place, 0);
        return true;
    }

    // When a bundle of this session becomes known depends on the disk, and what is stored must not.
    private bool IsOwn(ObjectId bundle)
    {
        lock (underway)
            return written.Contains(bundle);
    }

    private void AddFresh(Lane lane, ChunkBatch batch, ChunkSlice chunk, ChunkId id, long start)
    {
        stats.NewChunks++;
        stats.NewChunkBytes += chunk.Length;
        lock (underway)
            underway.Add(id);
        var own = features.Extract(batch.Samples(chunk));
        var (like, expected) = (FindSimilar(id, own, lane, start), FindExpected(id, lane));
        fresh.Add((chunk, id, own, like ?? expected, like is null ? DeltaMaker.ExpectedShare : DeltaMaker.WorthwhileShare));
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

    // Where a stream that was stored before has changed a little, its earlier version goes on after the last chunk that both have.
    private ChunkId? FindExpected(ChunkId id, Lane lane)
    {
        if (last[(int)lane] is not var (place, since) || since == MostExpected)
            return null;
        last[(int)lane] = (place, since + 1);
        return known.WasLost(id) ? null : known.After(place, since + 1);
    }

    private void StoreFresh(int lane, ChunkBatch batch)
    {
        var made = TryDeltas(batch);
        for (var number = 0; number < fresh.Count; number++)
        {
            var (chunk, id, own, _, _) = fresh[number];
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
            Room(DeltaFrame, delta.Length).AddDelta(id, chunk.Length, delta.Base, delta.Buffer.AsSpan(0, delta.Length), own);
            similar.Add(delta.Base, own);
            ArrayPool<byte>.Shared.Return(delta.Buffer);
        }
    }

    private Delta[] TryDeltas(ChunkBatch batch)
    {
        var made = new Delta[fresh.Count];
        var tries = Enumerable.Range(0, fresh.Count).Where(number => fresh[number].Base is not null).ToArray();
        if (tries.Length == 1)
            Try(tries[0]);
        else if (tries.Length > 1)
            Parallel.ForEach(tries, Try);
        return made;

        void Try(int number)
        {
            var (chunk, _, _, baseId, share) = fresh[number];
            made[number] = deltas.Make(batch.Bytes(chunk), baseId!.Value, share);
        }
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
