using System.Collections.Concurrent;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Takes batches of chunks as they are cut: names their chunks on any free core, then, in order, has them deduplicated and
/// written into the recipes.
/// </summary>
/// <remarks>Threading: one thread adds and completes; another one deduplicates. An error comes out of the next call.</remarks>
internal sealed class DedupPipeline : IDisposable
{
    /// <summary>Batches between the scan and deduplication: both cores have work, at about 1.3 MiB each.</summary>
    private const int BatchesInFlight = 6;

    private readonly OrderedStage<NamedBatch> deduplicating;
    private readonly ConcurrentBag<ChunkBatch> idle = [];
    private readonly ChunkingParameters parameters;
    private readonly ThreadLocal<ChunkHasher> hasher;
    private readonly Deduplicator deduplicator;
    private readonly RecipeWriter[] recipes;
    private readonly Action progressed;

    /// <param name="parameters">Those of the batches.</param>
    /// <param name="chunkIdSecret">Names chunks.</param>
    /// <param name="deduplicator">Stores what is new.</param>
    /// <param name="recipes">One for each <see cref="Lane"/>.</param>
    /// <param name="progressed">Called after each batch.</param>
    public DedupPipeline(
        ChunkingParameters parameters, byte[] chunkIdSecret, Deduplicator deduplicator, RecipeWriter[] recipes, Action progressed)
    {
        this.parameters = parameters;
        this.deduplicator = deduplicator;
        this.recipes = recipes;
        this.progressed = progressed;
        hasher = new ThreadLocal<ChunkHasher>(() => new ChunkHasher(chunkIdSecret));
        deduplicating = new("deduplication", MemoryShare.Of(BatchesInFlight, least: 2), Deduplicate);
    }

    /// <summary>A batch to fill.</summary>
    public ChunkBatch Rent() => idle.TryTake(out var batch) ? batch : new ChunkBatch(parameters);

    /// <summary>Takes over a full batch; waits while too many are on their way.</summary>
    public void Add(Lane lane, ChunkBatch batch) => deduplicating.Add(new NamedBatch(lane, batch, Task.Run(() => Name(batch))));

    /// <summary>Returns when all that was added is deduplicated.</summary>
    public void Complete() => deduplicating.Complete();

    /// <inheritdoc/>
    public void Dispose() => deduplicating.Dispose();

    private ChunkId[] Name(ChunkBatch batch)
    {
        var own = hasher.Value!;
        var ids = new ChunkId[batch.Chunks.Length];
        for (var number = 0; number < ids.Length; number++)
            ids[number] = own.Hash(batch.Bytes(batch.Chunks[number]));
        return ids;
    }

    private void Deduplicate(NamedBatch named)
    {
        var (lane, batch, naming) = named;
        var ids = naming.GetAwaiter().GetResult();
        deduplicator.Add((int)lane, batch, ids);
        for (var number = 0; number < ids.Length; number++)
            recipes[(int)lane].Add(ids[number], batch.Chunks[number].Length);
        idle.Add(batch);
        progressed();
    }

    private sealed record NamedBatch(Lane Lane, ChunkBatch Batch, Task<ChunkId[]> Naming);
}
