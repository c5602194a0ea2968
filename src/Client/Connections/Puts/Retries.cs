using System.Diagnostics;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections.Puts;

/// <summary>Tries again after a lost connection: for a bounded time, with growing pauses.</summary>
/// <param name="patience">How long in all, since something went well.</param>
/// <param name="notice">Told of each pause: a line.</param>
/// <param name="cancellation">Ends a pause.</param>
internal sealed class Retries(TimeSpan patience, Action<string> notice, CancellationToken cancellation)
{
    /// <summary>Often enough to be quick where a server restarts, seldom enough to be no burden to one that struggles.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private TimeSpan pause = FirstPause;
    private long? since;

    /// <summary>Something went well: what comes is a new trouble.</summary>
    public void Reset() => (pause, since) = (FirstPause, null);

    /// <summary>Whether an error is worth another try.</summary>
    public static bool IsWorthIt(RepositoryException error) => error is ConnectionLostException || error.Code == ErrorCode.Busy;

    /// <summary>Waits before the next try.</summary>
    /// <param name="error">What went wrong; thrown if that was the last try.</param>
    public void Pause(RepositoryException error)
    {
        since ??= Stopwatch.GetTimestamp();
        var left = patience - Stopwatch.GetElapsedTime(since.Value);
        if (left <= TimeSpan.Zero)
            throw error;
        var now = pause < left ? pause : left;
        notice($"{error.Message}; trying again in {now.TotalSeconds:0} s");
        cancellation.WaitHandle.WaitOne(now);
        cancellation.ThrowIfCancellationRequested();
        pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
    }
}
