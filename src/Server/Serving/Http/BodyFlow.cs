using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary>The bodies of one request on their way: held to the connection's rate, and counted.</summary>
/// <param name="pace">The connection's.</param>
/// <param name="patience">How long a body may stand still.</param>
/// <remarks>Threading: one thread, which may be made to sleep.</remarks>
internal sealed class BodyFlow(Pace pace, TimeSpan patience, RequestTally tally, ServerMetrics metrics)
{
    /// <summary>How long a body may stand still.</summary>
    public TimeSpan Patience => patience;

    /// <summary>How many of so many bytes to move at once: at least one.</summary>
    public int Block(int bytes) => pace.Block(bytes);

    /// <summary>Counts bytes that came, and waits until more may come.</summary>
    public void Received(int bytes, CancellationToken ended)
    {
        tally.Received += bytes;
        metrics.Received(bytes);
        pace.Pay(bytes, ended);
    }

    /// <summary>Counts bytes that went; done when more may go.</summary>
    public Task SentAsync(int bytes, CancellationToken ended)
    {
        tally.Sent += bytes;
        metrics.Sent(bytes);
        return pace.PayAsync(bytes, ended);
    }

    /// <summary>Counts bytes that went, and waits until more may go.</summary>
    public void Sent(int bytes, CancellationToken ended)
    {
        tally.Sent += bytes;
        metrics.Sent(bytes);
        pace.Pay(bytes, ended);
    }
}
