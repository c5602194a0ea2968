using System.CommandLine;
using StreamBack.Client.Connections;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary>How fast bytes may go.</summary>
internal static class RateOption
{
    public static Option<string?> Rate { get; } = new("--limit-rate")
    {
        Description = "Send and receive no faster than this: bytes a second, such as 500K or 10M",
        HelpName = "RATE",
    };

    /// <summary>Bytes a second; null for any.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static long? Of(CommandContext context, Location location) => RateLimit.Parse(context.Arguments.GetValue(Rate)) ?? location.Settings.LimitRate;

    /// <summary>The same for a repository to which no wire leads that could be limited; null for any other.</summary>
    public static long? WithoutWire(CommandContext context) =>
        context.Served is not null ? context.ServedRate : context.Location is FolderLocation folder ? Of(context, folder) : null;
}
