namespace StreamBack.Server.Bundles;

/// <summary>Takes full frames, packs them on any free core, and writes them in the order in which they came.</summary>
/// <remarks>
/// Threading: one thread submits and completes; another one writes, and calls back. An error comes out of the next call.
/// Dispose without <see cref="Complete"/> abandons what is not yet durable.
/// </remarks>
internal sealed class BundlePipeline : IDisposable
{
    /// <summary>Frames between submission and the disk: enough for both cores and the writer, about 1 MiB each.</summary>
    private const int FramesInFlight = 8;

    /// <summary>Where so many puts run that the cores have work without it.</summary>
    private const int LeastInFlight = 2;

    private readonly OrderedStage<Step> writing;
    private readonly BundleWriter writer;
    private readonly Action<WrittenBundle> written;
    private readonly int level;

    /// <param name="writer">Owned from here on.</param>
    /// <param name="level">zstd level.</param>
    /// <param name="written">Called with each bundle as soon as it is durable.</param>
    public BundlePipeline(BundleWriter writer, int level, Action<WrittenBundle> written)
    {
        this.writer = writer;
        this.level = level;
        this.written = written;
        writing = new OrderedStage<Step>("bundle writer", MemoryShare.Of(FramesInFlight, LeastInFlight), Do);
    }

    /// <summary>Hands over a frame; owned from here on.</summary>
    public void Submit(OpenFrame frame) => writing.Add(new Step(
        Task.Run(() =>
        {
            using (frame)
                return PackedFrame.Pack(frame.Bytes, frame.Entries, level);
        }),
        null));

    /// <summary>Closes the open bundle when all that was submitted is in it, and says so.</summary>
    /// <param name="durable">Called by the writing thread once everything submitted before is durable.</param>
    public void Checkpoint(Action durable) => writing.Add(new Step(null, durable));

    /// <summary>Throws what went wrong, if something has.</summary>
    public void ThrowIfFailed() => writing.ThrowIfFailed();

    /// <summary>Returns when everything submitted is durable.</summary>
    public void Complete()
    {
        writing.Complete();
        Report(writer.Close());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        writing.Dispose();
        writer.Dispose();
    }

    private void Do(Step step)
    {
        if (step.Packing is null)
        {
            Report(writer.Close());
            step.Durable!();
            return;
        }

        using var frame = step.Packing.GetAwaiter().GetResult();
        Report(writer.Add(frame));
    }

    private void Report(WrittenBundle? bundle)
    {
        if (bundle is not null)
            written(bundle);
    }

    // A frame to write, or somebody to be told.
    private sealed record Step(Task<PackedFrame>? Packing, Action? Durable);
}
