using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>What is counted of one request, for its line in the log and for the metrics. A feature of the request.</summary>
/// <remarks>Threading: bytes are counted by one thread.</remarks>
internal sealed class RequestTally
{
    /// <summary>Who asks as long as that is not known.</summary>
    public const string Nobody = "nobody";

    /// <summary>Who asks: a token's name, or how they came.</summary>
    public string Who { get; set; } = Nobody;

    /// <summary>Bytes of the body that were taken.</summary>
    public long Received { get; set; }

    /// <summary>Bytes of streams and lists that were sent.</summary>
    public long Sent { get; set; }

    /// <summary>Why it was refused, or failed; null if it was not.</summary>
    public ErrorCode? Error { get; set; }

    /// <summary>Whether whoever asked left before the end.</summary>
    public bool Left { get; set; }
}
