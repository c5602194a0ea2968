using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Takes batches of chunks as they are cut: names their chunks on any free core, then, in order, has them deduplicated and
/// written into the recipes.
/// </summary>
/// <remarks>
/// Threading: one thread adds; one thread of its own deduplicates. An error comes out of the next call.
/// </remarks>
internal sealed class DedupPipeline : IDisposable
{
    /// <summary>Batches between the scan and deduplication: both cores have work, at about 1.3 MiB each.</summary>
    private const int BatchesInFlight = 6;

    private readonly BlockingCollection<(Lane Lane, ChunkBatch Batch, Task<ChunkId[]> Naming)> queue = new(BatchesInFlight);
    private readonly ConcurrentBag<ChunkBatch> idle = [];
    private readonly ChunkingParameters parameters;
    private readonly ThreadLocal<ChunkHasher> hasher;
    private readonly Deduplicator deduplicator;
    private readonly RecipeWriter[] recipes;
    private readonly Thread thread;
    private volatile ExceptionDispatchInfo? failure;

    /// <param name="parameters">Those of the batches.</param>
    /// <param name="chunkIdSecret">Names chunks.</param>
    /// <param name="deduplicator">Stores what is new.</param>
    /// <param name="recipes">One for each <see cref="Lane"/>.</param>
    public DedupPipeline(ChunkingParameters parameters, byte[] chunkIdSecret, Deduplicator deduplicator, RecipeWriter[] recipes)
    {
        this.parameters = parameters;
        hasher = new ThreadLocal<ChunkHasher>(() => new ChunkHasher(chunkIdSecret));
        this.deduplicator = deduplicator;
        this.recipes = recipes;
        thread = new Thread(Run) { IsBackground = true, Name = "deduplication" };
        thread.Start();
    }

    /// <summary>A batch to fill.</summary>
    public ChunkBatch Rent() => idle.TryTake(out var batch) ? batch : new ChunkBatch(parameters);

    /// <summary>Takes over a full batch; waits while too many are on their way.</summary>
    public void Add(Lane lane, ChunkBatch batch)
    {
        failure?.Throw();
        queue.Add((lane, batch, Task.Run(() => Name(batch))));
    }

    /// <summary>Returns when all that was added is deduplicated.</summary>
    public void Complete()
    {
        queue.CompleteAdding();
        thread.Join();
        failure?.Throw();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        failure ??= ExceptionDispatchInfo.Capture(new OperationCanceledException());
        if (!queue.IsAddingCompleted)
            queue.CompleteAdding();
        thread.Join();
        queue.Dispose();
    }

    private ChunkId[] Name(ChunkBatch batch)
    {
        var own = hasher.Value!;
        var ids = new ChunkId[batch.Chunks.Length];
        for (var number = 0; number < ids.Length; number++)
            ids[number] = own.Hash(batch.Bytes(batch.Chunks[number]));
        return ids;
    }

    private void Run()
    {
        // After a failure the queue is still emptied, so that a waiting source wakes up and learns of it.
        foreach (var (lane, batch, naming) in queue.GetConsumingEnumerable())
        {
            try
            {
                var ids = naming.GetAwaiter().GetResult();
                if (failure is null)
                    Deduplicate(lane, batch, ids);
            }
            catch (Exception error)
            {
                failure ??= ExceptionDispatchInfo.Capture(error);
            }

            idle.Add(batch);
        }
    }

    private void Deduplicate(Lane lane, ChunkBatch batch, ChunkId[] ids)
    {
        deduplicator.Add((int)lane, batch, ids);
        for (var number = 0; number < ids.Length; number++)
            recipes[(int)lane].Add(ids[number], batch.Chunks[number].Length);
    }
}
