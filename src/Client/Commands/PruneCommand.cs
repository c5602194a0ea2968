using System.CommandLine;
using System.Globalization;
using StreamBack.Client.Configuration;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary><c>prune</c></summary>
internal static class PruneCommand
{
    private static readonly Option<bool> DryRun = new("--dry-run", "-n") { Description = "Only say what would be freed" };
    private static readonly Option<string?> Grace = new("--grace") { Description = "How long removed snapshots rest before they are given up, such as 30d (default: what its server says, or 14d); on the repository's own machine", HelpName = "TIME" };

    private static readonly Option<bool> ClockWasAhead = new("--clock-was-ahead") { Description = "The clock is right, and was ahead when something was removed or put, as a prune that refused has told; on the repository's own machine" };

    private static readonly Option<bool> GiveUpLost = new("--give-up-lost") { Description = "Free what only lost snapshots needed as well, since no copy has them any more" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "prune",
        "Free the room of what no snapshot needs, and none that can be taken back",
        """
        streamback prune --dry-run
        streamback prune
        """,
        [],
        [DryRun, Grace, ClockWasAhead, GiveUpLost, StateOption.State],
        Run);

    private static int Run(CommandContext context)
    {
        var (dryRun, text) = (context.Arguments.GetValue(DryRun), context.Arguments.GetValue(Grace));
        TimeSpan? grace = text is null ? null : Amount.Time(text) ?? throw new RepositoryException(ErrorCode.Usage, $"--grace: '{text}' is no span such as 14d");
        using var repository = Reach(context, grace);
        if (LookBack.Tell(context, repository, shown: _ => true).Count > 0 && !context.Arguments.GetValue(GiveUpLost))
            throw new RepositoryException(ErrorCode.Corrupt, "Nothing is freed: what a lost snapshot needs is of use as long as a copy has it (streamback check --repair --from COPY). If none has, prune --give-up-lost");
        var progress = new TransferProgress();
        PruneReport report;
        using (new ProgressLine(progress, context.ShowsProgress))
            report = repository.Prune(dryRun, progress, context.Cancellation);
        if (context.Json)
            CommandContext.Answer(report, ProtocolJson.Default.PruneReport);
        else if (!context.Quiet)
            CommandContext.Answer(Describe(report, dryRun));
        return 0;
    }

    // Whoever could shorten it from elsewhere could make that nothing can be taken back.
    private static IRepositoryService Reach(CommandContext context, TimeSpan? grace)
    {
        var wasAhead = context.Arguments.GetValue(ClockWasAhead);
        var repository = grace is null && !wasAhead ? context.ReachWithoutKey() : context.OpenWithoutKey();
        StateOption.KeepGrace(context, repository);
        if (repository is EmbeddedRepository here)
            (here.Grace, here.ClockWasAhead) = (grace ?? here.Grace, wasAhead);
        return repository;
    }

    private static string Describe(PruneReport report, bool dryRun) => string.Create(CultureInfo.InvariantCulture, $"""
        given up    {Sizes.Count(report.ExpiredSnapshots, "removed snapshot")}
        unused      {Sizes.Count(report.UnusedBundles, "bundle")}, {Sizes.Bytes(report.UnusedBytes)}
        rewritten   {Sizes.Count(report.RewrittenBundles, "bundle")}, {Sizes.Bytes(report.RewrittenBytes)}, as {Sizes.Bytes(report.WrittenBytes)}
        kept        {Sizes.Count(report.LiveBundles, "bundle")}, {Sizes.Bytes(report.LiveBytes)}
        {(dryRun ? "would free" : "freed     ")}  {Sizes.Bytes(report.FreedBytes)}{(report.WaitingBytes > 0 ? $"; {Sizes.Bytes(report.WaitingBytes)} wait for puts or gets that are under way" : "")}
        """);
}
