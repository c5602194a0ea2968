using System.Collections.Concurrent;

namespace StreamBack.Server.Serving.Metrics;

/// <summary>Counts what a server does. Labels are of fixed sets, whatever requests say: no name, no token, nothing of a stream.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class ServerMetrics
{
    private readonly ConcurrentDictionary<(string Route, string Method, int Status), long> requests = new();
    private readonly ConcurrentDictionary<string, long> errors = new();
    private long connections;
    private long received;
    private long sent;
    private long stored;

    /// <summary>Puts and gets.</summary>
    public StreamCounts Streams { get; } = new();

    /// <summary>A connection came.</summary>
    public void Connected() => Interlocked.Increment(ref connections);

    /// <summary>A connection ended.</summary>
    public void Disconnected() => Interlocked.Decrement(ref connections);

    /// <summary>A request was answered.</summary>
    /// <param name="route">One of the server's, or <c>none</c>.</param>
    /// <param name="method">One that the route has, or <c>other</c>.</param>
    /// <param name="error">An error code's name, or null.</param>
    public void Answered(string route, string method, int status, string? error)
    {
        requests.AddOrUpdate((route, method, status), 1, (_, count) => count + 1);
        if (error is not null)
            errors.AddOrUpdate(error, 1, (_, count) => count + 1);
    }

    /// <summary>Bytes of a body came.</summary>
    public void Received(int bytes) => Interlocked.Add(ref received, bytes);

    /// <summary>Bytes of an answer went.</summary>
    public void Sent(int bytes) => Interlocked.Add(ref sent, bytes);

    /// <summary>The repository grew.</summary>
    public void Stored(long bytes) => Interlocked.Add(ref stored, bytes);

    /// <summary>Tells what it counted.</summary>
    public void Write(MetricsText text)
    {
        foreach (var ((route, method, status), count) in requests.OrderBy(pair => pair.Key))
            text.Counter("streamback_requests_total", "Requests that were answered", count, ("route", route), ("method", method), ("status", $"{status}"));
        foreach (var (code, count) in errors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Counter("streamback_errors_total", "Requests that failed or were refused, by error code", count, ("code", code));
        Streams.Write(text);
        text.Gauge("streamback_connections", "Connections that are open", Interlocked.Read(ref connections));
        text.Counter("streamback_received_bytes_total", "Bytes of streams that came in", Interlocked.Read(ref received));
        text.Counter("streamback_sent_bytes_total", "Bytes of streams and lists that went out", Interlocked.Read(ref sent));
        text.Counter("streamback_stored_bytes_total", "Bytes by which snapshots that were put made the repository grow", Interlocked.Read(ref stored));
    }
}
