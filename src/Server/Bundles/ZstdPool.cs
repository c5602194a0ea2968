using System.Collections.Concurrent;

namespace StreamBack.Server.Bundles;

/// <summary>
/// zstd contexts for whoever works right now: each is a few megabytes, so there are as many as there are workers.
/// </summary>
/// <remarks>Threading: any number of threads.</remarks>
internal static class ZstdPool
{
    private static readonly ConcurrentBag<Zstd> Idle = [];

    /// <summary>A context for one thread, until the lease is disposed.</summary>
    public static Lease Rent() => new(Idle.TryTake(out var zstd) ? zstd : new Zstd());

    /// <summary>A rented context.</summary>
    public readonly ref struct Lease(Zstd zstd)
    {
        /// <summary>The context.</summary>
        public Zstd Zstd { get; } = zstd;

        /// <summary>Gives it back.</summary>
        public void Dispose() => Idle.Add(Zstd);
    }
}
