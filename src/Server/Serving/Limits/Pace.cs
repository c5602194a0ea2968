using System.Diagnostics;

namespace StreamBack.Server.Serving.Limits;

/// <summary>Holds the bodies of one connection to a rate: a bucket that fills with time, and may be overdrawn by one block.</summary>
/// <remarks>Threading: any; who takes too much is made to wait.</remarks>
/// <param name="bytesPerSecond">0 for no limit.</param>
internal sealed class Pace(long bytesPerSecond)
{
    /// <summary>What may have come together while nothing moved: small enough that a second's average keeps to the rate.</summary>
    private static readonly TimeSpan MostSaved = TimeSpan.FromMilliseconds(250);

    /// <summary>Parts of a second's bytes that are moved at once: a slow connection never sleeps for long.</summary>
    private const int BlocksPerSecond = 8;

    private readonly Lock gate = new();
    private long paidUntil; // by Stopwatch

    /// <summary>No limit.</summary>
    public static Pace Unlimited { get; } = new(0);

    /// <summary>How many of so many bytes to move at once: at least one.</summary>
    public int Block(int bytes) => bytesPerSecond == 0 ? bytes : (int)Math.Min(bytes, Math.Max(1, bytesPerSecond / BlocksPerSecond));

    /// <summary>Waits until bytes that were moved are paid for.</summary>
    /// <exception cref="OperationCanceledException">Whoever asked is gone.</exception>
    public void Pay(int bytes, CancellationToken cancellation)
    {
        if (Owed(bytes) is var owed && owed > TimeSpan.Zero && cancellation.WaitHandle.WaitOne(owed))
            cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Done when bytes that were moved are paid for; for those who have no thread of their own.</summary>
    /// <exception cref="OperationCanceledException">Whoever asked is gone.</exception>
    public Task PayAsync(int bytes, CancellationToken cancellation) =>
        Owed(bytes) is var owed && owed > TimeSpan.Zero ? Task.Delay(owed, cancellation) : Task.CompletedTask;

    private TimeSpan Owed(int bytes)
    {
        if (bytesPerSecond == 0)
            return TimeSpan.Zero;
        lock (gate)
        {
            var now = Stopwatch.GetTimestamp();
            paidUntil = Math.Max(paidUntil, now - (long)(MostSaved.TotalSeconds * Stopwatch.Frequency));
            paidUntil += (long)((double)bytes / bytesPerSecond * Stopwatch.Frequency);
            return Stopwatch.GetElapsedTime(now, paidUntil);
        }
    }
}
