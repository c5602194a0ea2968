using System.CommandLine;
using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary><c>replicate TO</c></summary>
internal static class ReplicateCommand
{
    private static readonly Argument<string> To = new("TO") { Description = "Where to: a folder, ssh://[user@]host[:port]/folder, http(s)://host[:port], or a name from the configuration" };
    private static readonly Option<bool> Prune = new("--prune") { Description = "Remove there what was removed here; it rests there for the grace of that side" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "replicate",
        "Send what is missing to another copy of the repository, which needs no key",
        """
        streamback replicate /mnt/second/copy
        streamback replicate ssh://backup@elsewhere/srv/copy --prune
        streamback --repository https://vault:8420 replicate /srv/copy
        """,
        [To],
        [Prune, RateOption.Rate],
        Run);

    private static int Run(CommandContext context)
    {
        var to = Location.Find(context.Arguments.GetRequiredValue(To), context.Notice);
        if (to is FolderLocation there && context.Location is FolderLocation here && Path.GetFullPath(there.Path) == Path.GetFullPath(here.Path))
            throw new RepositoryException(ErrorCode.Usage, $"{there.Path} is this repository itself");
        Tokens.EnsureMeant([context.Location, to]);
        using var repository = ReplicaSource.Open(context.Location, context.KeyFileOption, RateOption.Of(context, context.Location), context.Notice, context.Cancellation);
        using var target = ReplicaTarget.Open(to, repository.Here, RateOption.Of(context, to), context.Notice);
        if (target.Beneath is EmbeddedRepository copy)
            StateOption.KeepGrace(context, copy);
        var progress = new TransferProgress();
        ReplicaReport report;
        using (new ProgressLine(progress, context.ShowsProgress))
            report = repository.Here.Replicate(target.Target, context.Arguments.GetValue(Prune), progress, context.Cancellation);
        if (context.Json)
            CommandContext.Answer(report, ProtocolJson.Default.ReplicaReport);
        else
            Tell(context, report);
        return report.Problems.Count == 0 ? 0 : ErrorCode.Corrupt.ExitCode();
    }

    private static void Tell(CommandContext context, ReplicaReport report)
    {
        foreach (var problem in report.Problems)
            ErrorReport.Line($"{problem.Message}{(problem.Snapshots.Count > 0 ? $"; not sent: {string.Join(", ", problem.Snapshots.Select(CheckCommand.Shorten))}" : "")}");
        if (context.Quiet)
            return;
        var removed = report.Removed > 0 || report.FreedBytes > 0 ? $"; {Sizes.Count(report.Removed, "snapshot")} removed there, {Sizes.Bytes(report.FreedBytes)} freed" : "";
        CommandContext.Answer($"{Sizes.Count(report.Snapshots, "snapshot")} sent, {Sizes.Count(report.Objects, "file")}, {Sizes.Bytes(report.Bytes)}{removed}");
    }
}
