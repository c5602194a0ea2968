using System.CommandLine;
using StreamBack.Client.Configuration;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary>How long a put tries a lost connection again.</summary>
internal static class RetryOption
{
    /// <summary>A router or a server restarts in that; for longer outages there is the spool.</summary>
    private static readonly TimeSpan Default = TimeSpan.FromMinutes(2);

    public static Option<string?> RetryFor { get; } = new("--retry-for")
    {
        Description = "To another machine: once it has begun, try a lost connection again for so long, such as 30s or 1h. Default: 2m",
        HelpName = "TIME",
    };

    /// <summary>How long.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static TimeSpan Of(CommandContext context) =>
        context.Arguments.GetValue(RetryFor) is not { } text ? Default
        : Amount.Time(text) ?? throw new RepositoryException(ErrorCode.Usage, $"'{text}' is no span of time: give one such as 30s, 10m or 1h");
}
