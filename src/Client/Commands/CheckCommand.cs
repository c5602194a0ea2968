using System.CommandLine;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary><c>check [--read-data]</c></summary>
internal static class CheckCommand
{
    private static readonly Option<bool> ReadData = new("--read-data") { Description = "Verify every stored byte, not only the structure" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create("check", "Verify the repository", "streamback check --read-data", [], [ReadData, StateOption.State], Run);

    private static int Run(CommandContext context)
    {
        using var repository = context.Reach();
        LookBack.Tell(repository, shown: _ => false); // gaps are among what the check finds
        var readData = context.Arguments.GetValue(ReadData);
        var progress = new TransferProgress();
        CheckReport report;
        using (new ProgressLine(progress, context.ShowsProgress))
            report = Remembered(context, repository).Check(readData, progress, context.Cancellation);
        if (context.Json)
            CommandContext.Answer(report, ProtocolJson.Default.CheckReport);
        else
            Tell(context, report, readData);
        return report.Problems.Count == 0 ? 0 : ErrorCode.Corrupt.ExitCode();
    }

    // With the damage that a server of this repository remembers; a server that is asked to check sees to that itself.
    private static IRepositoryService Remembered(CommandContext context, IRepositoryService repository) => repository is EmbeddedRepository here
        ? new ServedRepository(here, context.Arguments.GetValue(StateOption.State) ?? StateOption.Default(repository.Id.ToString()), quotas: [])
        : repository;

    private static void Tell(CommandContext context, CheckReport report, bool readData)
    {
        foreach (var problem in report.Problems)
        {
            var touched = problem.Snapshots.Count == 0 ? "touches no snapshot" : "touches " + string.Join(", ", problem.Snapshots.Select(Shorten));
            ErrorReport.Line($"{problem.Message}; {touched}");
        }

        if (readData && !report.DataVerified)
            context.Notice("With a put key chunks cannot be opened: files were compared with their names, and footers verified");
        var verdict = report.Problems.Count == 0 ? "all is well" : Sizes.Count(report.Problems.Count, "problem");
        if (!context.Quiet)
            CommandContext.Answer($"{Sizes.Count(report.Snapshots, "snapshot")}, {Sizes.Count(report.Bundles, "bundle")}, {Sizes.Count(report.Chunks, "chunk")}, {Sizes.Bytes(report.BytesRead)} verified: {verdict}");
    }

    private static string Shorten(string snapshot) => snapshot[..(snapshot.IndexOf('@', StringComparison.Ordinal) + 9)];
}
