using System.Diagnostics;
using System.Globalization;
using StreamBack.Protocol;

namespace StreamBack.Client.Terminal;

/// <summary>One line on a terminal that says how far a put or a get is; nothing where standard error is no terminal.</summary>
internal sealed class ProgressLine : IDisposable
{
    /// <summary>Often enough to look alive, seldom enough to cost nothing.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly TransferProgress progress;
    private readonly long? total;
    private readonly Timer? timer;
    private readonly Stopwatch clock = Stopwatch.StartNew();

    /// <param name="progress">What to show.</param>
    /// <param name="total">Bytes that it will be in the end, if known.</param>
    /// <param name="quiet">Shows nothing.</param>
    public ProgressLine(TransferProgress progress, long? total, bool quiet)
    {
        this.progress = progress;
        this.total = total;
        if (!quiet && !Console.IsErrorRedirected)
            timer = new Timer(_ => Draw(), null, Interval, Interval);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (timer is null)
            return;
        using var ended = new ManualResetEvent(false);
        timer.Dispose(ended);
        ended.WaitOne();
        ErrorReport.Print("\r\e[K");
    }

    /// <summary>The line's text.</summary>
    internal static string Describe(TransferProgress progress, long? total, TimeSpan elapsed)
    {
        var rate = progress.Bytes / Math.Max(elapsed.TotalSeconds, 0.001);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Sizes.Bytes(progress.Bytes)}, {Sizes.Bytes(rate)}/s");
        if (progress.NewChunkBytes > 0 || progress.StoredBytes > 0)
            text += $", {Sizes.Bytes(progress.NewChunkBytes)} new, {Sizes.Bytes(progress.StoredBytes)} stored, {Sizes.Saving(progress.Bytes, progress.StoredBytes)}";
        if (total is not { } all || all == 0 || rate < 1)
            return text;
        var left = TimeSpan.FromSeconds((all - progress.Bytes) / rate);
        return text + string.Create(CultureInfo.InvariantCulture, $", {100 * progress.Bytes / all} %, {(int)left.TotalMinutes}:{left.Seconds:00} left");
    }

    private void Draw() => ErrorReport.Print($"\r\e[K{Describe(progress, total, clock.Elapsed)}");
}
