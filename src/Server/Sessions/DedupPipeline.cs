using System.Collections.Concurrent;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Takes batches of chunks, as they are cut here or come from a client that cut them: names or verifies their chunks on any free
/// core, then, in order, has them deduplicated and written into the recipes.
/// </summary>
/// <remarks>Threading: one thread adds and completes; another one deduplicates. An error comes out of the next call.</remarks>
internal sealed class DedupPipeline : IDisposable
{
    /// <summary>Batches between the scan and deduplication: both cores have work, at about 1.3 MiB each.</summary>
    private const int BatchesInFlight = 6;

    /// <summary>Bytes of a batch where memory is shared: besides those in flight, each of the four streams has one that fills.</summary>
    private const int LeastBatchLength = ChunkBatch.TargetLength / 4;

    private readonly OrderedStage<Step> deduplicating;
    private readonly ConcurrentBag<ChunkBatch> idle = [];
    private readonly int batchLength = MemoryShare.Of(ChunkBatch.TargetLength, LeastBatchLength);
    private readonly ChunkingParameters parameters;
    private readonly RollingHash rollingHash;
    private readonly ThreadLocal<ChunkHasher> hasher;
    private readonly Deduplicator deduplicator;
    private readonly RecipeWriter[] recipes;
    private readonly BundlePipeline bundles;
    private readonly Action progressed;

    /// <param name="parameters">Those of the batches.</param>
    /// <param name="rollingHash">Finds the samples of chunks that come from a client.</param>
    /// <param name="chunkIdSecret">Names chunks.</param>
    /// <param name="deduplicator">Stores what is new.</param>
    /// <param name="recipes">One for each <see cref="Lane"/>.</param>
    /// <param name="bundles">Where the deduplicator's frames go.</param>
    /// <param name="progressed">Called after each batch.</param>
    public DedupPipeline(
        ChunkingParameters parameters, RollingHash rollingHash, byte[] chunkIdSecret, Deduplicator deduplicator, RecipeWriter[] recipes,
        BundlePipeline bundles, Action progressed)
    {
        this.parameters = parameters;
        this.rollingHash = rollingHash;
        this.deduplicator = deduplicator;
        this.recipes = recipes;
        this.bundles = bundles;
        this.progressed = progressed;
        hasher = new ThreadLocal<ChunkHasher>(() => new ChunkHasher(chunkIdSecret));
        deduplicating = new("deduplication", MemoryShare.Of(BatchesInFlight, least: 2), step => step.Do(this));
    }

    /// <summary>A batch to fill by cutting.</summary>
    public ChunkBatch Rent() => Rent(batchLength);

    /// <summary>Takes over a full batch; waits while too many are on their way.</summary>
    public void Add(Lane lane, ChunkBatch batch) => deduplicating.Add(new CutStep(lane, batch, Task.Run(() => Name(batch))));

    /// <summary>Takes a batch that a client cut; waits while too many are on their way.</summary>
    /// <param name="batch">What it is.</param>
    /// <param name="received">The bytes of what is missing of it; null if nothing is. Released when they are taken.</param>
    public void Add(AskedBatch batch, ReceivedChunks? received) =>
        deduplicating.Add(new AskedStep(batch, received is null ? null : Task.Run(() => Open(batch, received))));

    /// <summary>Takes a batch that a client cut and did not ask for; waits while too many are on their way.</summary>
    /// <param name="told">What it is; all of it is missing.</param>
    /// <param name="received">The bytes of all of it.</param>
    /// <returns>The same with its ids, which are found by the calling thread.</returns>
    public AskedBatch AddTold(AskedBatch told, ReceivedChunks received)
    {
        var batch = Rent(ChunkBatch.TargetLength);
        received.MoveTo(batch, told.Lengths, rollingHash);
        var named = told with { Ids = Name(batch) };
        deduplicating.Add(new AskedStep(named, Task.FromResult(batch)));
        return named;
    }

    /// <summary>Has everything that was added before made durable, apart from recipes.</summary>
    /// <param name="durable">Called when it is, by the thread that writes, with what had been added.</param>
    public void Checkpoint(Action<StoredStats> durable) => deduplicating.Add(new CheckpointStep(durable));

    /// <summary>Throws what went wrong, if something has.</summary>
    public void ThrowIfFailed()
    {
        deduplicating.ThrowIfFailed();
        bundles.ThrowIfFailed();
    }

    /// <summary>Returns when all that was added is deduplicated.</summary>
    public void Complete() => deduplicating.Complete();

    /// <inheritdoc/>
    public void Dispose() => deduplicating.Dispose();

    // A stream is cut here or by its client, so all batches of a pipeline are of one length.
    private ChunkBatch Rent(int targetLength) => idle.TryTake(out var batch) ? batch : new ChunkBatch(parameters, targetLength);

    private ChunkId[] Name(ChunkBatch batch)
    {
        var own = hasher.Value!;
        var ids = new ChunkId[batch.Chunks.Length];
        for (var number = 0; number < ids.Length; number++)
            ids[number] = own.Hash(batch.Bytes(batch.Chunks[number]));
        return ids;
    }

    // Whoever asked for a chunk gets it stored under what its bytes hash to, and under nothing else.
    private ChunkBatch Open(AskedBatch asked, ReceivedChunks received)
    {
        var batch = Rent(ChunkBatch.TargetLength);
        received.MoveTo(batch, [.. asked.Missing.Select(number => asked.Lengths[number])], rollingHash);
        var ids = Name(batch);
        for (var number = 0; number < ids.Length; number++)
        {
            if (ids[number] != asked.Ids[asked.Missing[number]])
                throw new RepositoryException(ErrorCode.Usage, $"Chunk {asked.Missing[number]} of a batch does not hash to what was asked for");
        }

        return batch;
    }

    private void Record(Lane lane, ReadOnlySpan<ChunkId> ids, Func<int, int> length)
    {
        for (var number = 0; number < ids.Length; number++)
            recipes[(int)lane].Add(ids[number], length(number));
        progressed();
    }

    private abstract record Step
    {
        public abstract void Do(DedupPipeline pipeline);
    }

    private sealed record CutStep(Lane Lane, ChunkBatch Batch, Task<ChunkId[]> Naming) : Step
    {
        public override void Do(DedupPipeline pipeline)
        {
            var ids = Naming.GetAwaiter().GetResult();
            pipeline.deduplicator.Add(Lane, Batch, ids);
            pipeline.Record(Lane, ids, number => Batch.Chunks[number].Length);
            pipeline.idle.Add(Batch);
        }
    }

    private sealed record AskedStep(AskedBatch Asked, Task<ChunkBatch>? Opening) : Step
    {
        public override void Do(DedupPipeline pipeline)
        {
            // What is missing first: the rest may repeat it.
            if (Opening?.GetAwaiter().GetResult() is { } batch)
            {
                pipeline.deduplicator.Add(Asked.Lane, batch, [.. Asked.Missing.Select(number => Asked.Ids[number])]);
                batch.Release();
                pipeline.idle.Add(batch);
            }

            pipeline.deduplicator.Reuse(Asked.Lane, [.. Asked.Present.Select(number => Asked.Ids[number])], Asked.Length - Asked.MissingLength);
            pipeline.Record(Asked.Lane, Asked.Ids, number => Asked.Lengths[number]);
        }
    }

    private sealed record CheckpointStep(Action<StoredStats> Durable) : Step
    {
        public override void Do(DedupPipeline pipeline)
        {
            pipeline.deduplicator.Flush();
            var stats = pipeline.deduplicator.Stats;
            pipeline.bundles.Checkpoint(() => Durable(stats));
        }
    }
}
