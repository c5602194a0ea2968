namespace StreamBack.Server.Sessions;

/// <summary>Brings the batches of a put to disk, and then into its journal.</summary>
/// <remarks>Threading: one thread calls; the one that writes bundles reports what is durable.</remarks>
/// <param name="journal">Not disposed.</param>
/// <param name="pipeline">Where the batches go; not disposed.</param>
internal sealed class Checkpoints(SessionJournal journal, PutPipeline pipeline)
{
    /// <summary>Chunks after which the journal is written although nobody asks for it: 4 GiB of stream, 3 MiB of memory.</summary>
    private const int MaxUnwritten = 1 << 16;

    /// <summary>How often a waiting caller looks whether something went wrong instead.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly object gate = new();
    private readonly List<AskedBatch> unwritten = [];
    private long batches;
    private long begun;
    private long durable;

    /// <summary>Bytes of new chunks, and chunks, that no checkpoint covers yet.</summary>
    public (long Bytes, int Chunks) Unwritten { get; private set; }

    /// <summary>How many batches stay if this process dies.</summary>
    public long Durable => Interlocked.Read(ref durable);

    /// <summary>A batch is in the journal already.</summary>
    public void Has() => durable = ++batches;

    /// <summary>A batch was given to the pipeline.</summary>
    public void Add(AskedBatch batch)
    {
        batches++;
        unwritten.Add(batch with { Missing = [] });
        Unwritten = (Unwritten.Bytes + batch.MissingLength, Unwritten.Chunks + batch.Ids.Length);
        if (Unwritten.Chunks >= MaxUnwritten)
            Begin();
    }

    /// <summary>Has all that was added made durable soon.</summary>
    public void Begin()
    {
        if (unwritten.Count == 0)
            return;
        AskedBatch[] covered = [.. unwritten];
        unwritten.Clear();
        Unwritten = default;
        var until = begun = batches;
        pipeline.Batches.Checkpoint(stats =>
        {
            journal.Add(covered, pipeline.GrowthWith(stats));
            lock (gate)
            {
                durable = until;
                Monitor.PulseAll(gate);
            }
        });
    }

    /// <summary>Returns when all that was added is durable.</summary>
    public void Wait()
    {
        Begin();
        WaitBegun();
    }

    /// <summary>Returns when all that it was begun for is durable.</summary>
    public void WaitBegun()
    {
        lock (gate)
        {
            while (durable < begun)
            {
                pipeline.Batches.ThrowIfFailed();
                Monitor.Wait(gate, LookEvery);
            }
        }
    }
}
