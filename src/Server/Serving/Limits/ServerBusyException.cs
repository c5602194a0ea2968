using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Limits;

/// <summary>The server has as much to do as it may: the same request may go well later, so HTTP answers 503 and when to ask again.</summary>
internal sealed class ServerBusyException(string message) : RepositoryException(ErrorCode.Busy, message)
{
    /// <summary>Long enough for some stream to end, short enough that a night's backup is not late.</summary>
    public static TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(30);
}
