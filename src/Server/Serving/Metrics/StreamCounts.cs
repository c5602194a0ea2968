using System.Collections.Concurrent;

namespace StreamBack.Server.Serving.Metrics;

/// <summary>What runs for long.</summary>
internal enum StreamKind
{
    /// <summary>Stores a stream.</summary>
    Put,

    /// <summary>Sends one, or a range of it.</summary>
    Get,

    /// <summary>Takes a stored object.</summary>
    Object,

    /// <summary>Checks the repository.</summary>
    Check,

    /// <summary>Restores a stream to nowhere.</summary>
    Verify,

    /// <summary>Frees what nothing needs.</summary>
    Prune,
}

/// <summary>Puts, gets and checks that run, and how others ended.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class StreamCounts
{
    /// <summary>It went well. Other outcomes are these, and the names of error codes.</summary>
    public const string Done = "done";

    /// <summary>Whoever asked left.</summary>
    public const string Gone = "gone";

    /// <summary>It ran for longer than it may.</summary>
    public const string TooLong = "too-long";

    private readonly ConcurrentDictionary<(StreamKind Kind, string Outcome), long> ended = new();
    private readonly long[] running = new long[Enum.GetValues<StreamKind>().Length];

    /// <summary>One begins.</summary>
    public void Began(StreamKind kind) => Interlocked.Increment(ref running[(int)kind]);

    /// <summary>One ends.</summary>
    public void Ended(StreamKind kind, string outcome)
    {
        Interlocked.Decrement(ref running[(int)kind]);
        ended.AddOrUpdate((kind, outcome), 1, (_, count) => count + 1);
    }

    /// <summary>Tells what it counted.</summary>
    public void Write(MetricsText text)
    {
        foreach (var kind in Enum.GetValues<StreamKind>())
            text.Gauge("streamback_streams_running", "Puts, gets and checks that run", Interlocked.Read(ref running[(int)kind]), ("kind", Name(kind)));
        foreach (var ((kind, outcome), count) in ended.OrderBy(pair => pair.Key))
            text.Counter("streamback_streams_ended_total", "Puts, gets and checks that ended, by how", count, ("kind", Name(kind)), ("outcome", outcome));
    }

    private static string Name(StreamKind kind) => kind switch
    {
        StreamKind.Put => "put",
        StreamKind.Get => "get",
        StreamKind.Object => "object",
        StreamKind.Check => "check",
        StreamKind.Verify => "verify",
        _ => "prune",
    };
}
