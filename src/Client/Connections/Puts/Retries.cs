using StreamBack.Protocol;

namespace StreamBack.Client.Connections.Puts;

/// <summary>Tries again after a lost connection: a bounded number of times, with growing pauses.</summary>
/// <param name="notice">Told of each pause: a line.</param>
/// <param name="cancellation">Ends a pause.</param>
internal sealed class Retries(Action<string> notice, CancellationToken cancellation)
{
    /// <summary>Seconds: a router's restart fits in, a night's outage does not; that is what the spool is for.</summary>
    private static readonly int[] Pauses = [1, 2, 4, 8, 16, 30, 30, 30];

    private int failures;

    /// <summary>Something went well: what comes is a new trouble.</summary>
    public void Reset() => failures = 0;

    /// <summary>Whether an error is worth another try.</summary>
    public static bool IsWorthIt(RepositoryException error) => error is ConnectionLostException || error.Code == ErrorCode.Busy;

    /// <summary>Waits before the next try.</summary>
    /// <param name="error">What went wrong; thrown if that was the last try.</param>
    public void Pause(RepositoryException error)
    {
        if (failures == Pauses.Length)
            throw error;
        var pause = TimeSpan.FromSeconds(Pauses[failures++]);
        notice($"{error.Message}; trying again in {pause.TotalSeconds:0} s");
        cancellation.WaitHandle.WaitOne(pause);
        cancellation.ThrowIfCancellationRequested();
    }
}
