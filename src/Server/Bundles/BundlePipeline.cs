using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Bundles;

/// <summary>
/// Takes full frames, packs them on any free core, and writes them in the order in which they came. Whoever submits waits
/// when too many are on their way, so back-pressure reaches the source.
/// </summary>
/// <remarks>
/// Threading: one thread submits; one thread of its own writes, and calls back. An error of either side comes out of the
/// next call. Dispose without <see cref="Complete"/> abandons what is not yet durable.
/// </remarks>
internal sealed class BundlePipeline : IDisposable
{
    /// <summary>Frames between submission and the disk: enough for both cores and the writer, about 1 MiB each.</summary>
    private const int FramesInFlight = 8;

    private readonly BlockingCollection<Task<PackedFrame>> queue = new(FramesInFlight);
    private readonly BundleWriter writer;
    private readonly Action<WrittenBundle> written;
    private readonly int level;
    private readonly Thread thread;
    private volatile ExceptionDispatchInfo? failure;

    /// <param name="writer">Owned from here on.</param>
    /// <param name="level">zstd level.</param>
    /// <param name="written">Called with each bundle as soon as it is durable, by the writing thread.</param>
    public BundlePipeline(BundleWriter writer, int level, Action<WrittenBundle> written)
    {
        this.writer = writer;
        this.level = level;
        this.written = written;
        thread = new Thread(Write) { IsBackground = true, Name = "bundle writer" };
        thread.Start();
    }

    /// <summary>Hands over a frame; owned from here on.</summary>
    public void Submit(OpenFrame frame)
    {
        failure?.Throw();
        queue.Add(Task.Run(() =>
        {
            using (frame)
                return PackedFrame.Pack(frame.Bytes, frame.Entries, level);
        }));
    }

    /// <summary>Returns when everything submitted is durable.</summary>
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
        writer.Dispose();
    }

    private void Write()
    {
        // After a failure the queue is still emptied, so that a waiting submitter wakes up and learns of it.
        foreach (var packing in queue.GetConsumingEnumerable())
            Guard(() => WriteFrame(packing));
        Guard(() => Report(writer.Close()));
    }

    private void WriteFrame(Task<PackedFrame> packing)
    {
        using var frame = packing.GetAwaiter().GetResult();
        Report(writer.Add(frame));
    }

    private void Report(WrittenBundle? bundle)
    {
        if (bundle is not null)
            written(bundle);
    }

    private void Guard(Action step)
    {
        if (failure is not null)
            return;
        try
        {
            step();
        }
        catch (Exception error)
        {
            failure = ExceptionDispatchInfo.Capture(error);
        }
    }
}
