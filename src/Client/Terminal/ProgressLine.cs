using System.Diagnostics;
using System.Globalization;
using StreamBack.Protocol;

namespace StreamBack.Client.Terminal;

/// <summary>One line on a terminal that says how far a put, a get or a check is.</summary>
internal sealed class ProgressLine : IDisposable
{
    /// <summary>Often enough to look alive, seldom enough to cost nothing.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly TransferProgress progress;
    private readonly Timer? timer;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private long resumed;

    /// <param name="progress">What to show.</param>
    /// <param name="shown">Whether anybody looks on.</param>
    public ProgressLine(TransferProgress progress, bool shown)
    {
        this.progress = progress;
        if (shown)
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
    /// <param name="progress">How far it is.</param>
    /// <param name="elapsed">Since it began, or went on.</param>
    internal static string Describe(TransferProgress progress, TimeSpan elapsed)
    {
        var rate = Math.Max(progress.Bytes - progress.Resumed, 0) / Math.Max(elapsed.TotalSeconds, 0.001);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Sizes.Bytes(progress.Bytes)}, {Sizes.Bytes(rate)}/s");
        if (progress.NewChunkBytes > 0 || progress.StoredBytes > 0)
            text += $", {Sizes.Bytes(progress.NewChunkBytes)} new, {Sizes.Bytes(progress.StoredBytes)} stored, {Sizes.Saving(progress.Bytes, progress.StoredBytes)}";
        var left = progress.Total - progress.Bytes;
        if (left < 0 || rate < 1) // a file that is read may have grown
            return text;
        var time = TimeSpan.FromSeconds(left / rate);
        return text + string.Create(CultureInfo.InvariantCulture, $", {(int)(100.0 * progress.Bytes / progress.Total)} %, {(int)time.TotalMinutes}:{time.Seconds:00} left");
    }

    private void Draw()
    {
        // What was there before has been verified by now: the time that took says nothing about the rest.
        if (progress.Resumed != resumed)
        {
            resumed = progress.Resumed;
            clock.Restart();
        }

        ErrorReport.Print($"\r\e[K{Describe(progress, clock.Elapsed)}");
    }
}
