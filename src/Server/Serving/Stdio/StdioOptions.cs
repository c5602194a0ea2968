using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Quotas;

namespace StreamBack.Server.Serving.Stdio;

/// <summary>What whoever is at the other end of two pipes may do, and how.</summary>
public sealed record StdioOptions
{
    /// <summary>What may be done.</summary>
    public required Access Access { get; init; }

    /// <summary>The state folder: puts underway, what was found damaged.</summary>
    public required string StateFolder { get; init; }

    /// <summary>What is allowed.</summary>
    public ServeLimits Limits { get; init; } = new() { StopWithin = DefaultStopWithin };

    /// <summary>What names may have.</summary>
    public IReadOnlyList<QuotaRule> Quotas { get; init; } = [];

    /// <summary>How long names may go without a put.</summary>
    public IReadOnlyList<LateRule> Expected { get; init; } = [];

    /// <summary>From which level on things are logged: standard error is the user's terminal.</summary>
    public LogLevel Logs { get; init; } = LogLevel.Error;

    /// <summary>How long running requests may go on: who hangs up has gone, there is nothing to wait for.</summary>
    public static TimeSpan DefaultStopWithin { get; } = TimeSpan.FromSeconds(5);
}
