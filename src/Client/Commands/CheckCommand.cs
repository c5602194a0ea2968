using System.CommandLine;
using StreamBack.Client.Configuration;
using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary><c>check [--read-data]</c></summary>
internal static class CheckCommand
{
    /// <summary>Lost members that are told of each problem: more nobody reads on a terminal.</summary>
    private const int MaxMembers = 20;

    private static readonly Option<string?> ReadData = new("--read-data")
    {
        Description = "Verify every stored byte, not only the structure; or, as --read-data=25%, a part of them: what was verified longest ago comes first",
        HelpName = "N%",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> MaxTime = new("--max-time") { Description = "With --read-data: begin nothing more after this time, such as 2h", HelpName = "TIME" };
    private static readonly Option<string?> MaxBytes = new("--max-bytes") { Description = "With --read-data: begin nothing more after so many bytes, such as 100GiB", HelpName = "BYTES" };

    private static readonly Option<bool> Repair = new("--repair") { Description = "Mend what is wrong, on the repository's own machine: from other copies, and as far as what is left allows" };
    private static readonly Option<string[]> From = new("--from") { Description = "With --repair: another copy (repeatable): a folder, ssh:// or http(s)://", HelpName = "LOCATION", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<bool> WithoutKey = new("--without-key") { Description = "Ask for no key or passphrase: compare every file with its name, on the repository's own machine" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create("check", "Verify the repository, or mend it", """
        streamback check
        streamback check --read-data
        streamback check --read-data=4% --max-time 2h
        streamback check --read-data --repair --from ssh://backup@elsewhere/srv/copy
        """, [], [ReadData, MaxTime, MaxBytes, Repair, From, WithoutKey, ServeSettings.File, StateOption.State], Run);

    private static int Run(CommandContext context)
    {
        var request = Request(context);
        request.EnsureSensible();
        var repairs = context.Arguments.GetValue(Repair);
        if (!repairs && context.Arguments.GetResult(From) is not null)
            throw new RepositoryException(ErrorCode.Usage, "--from goes with --repair");
        using var repository = context.Arguments.GetValue(WithoutKey) ? context.OpenKeyless() : repairs ? context.OpenWithoutKey() : context.ReachWithoutKey();
        var lost = repairs ? [] : LookBack.Tell(context, repository, shown: _ => false); // gaps are among what the check finds
        var progress = new TransferProgress();
        CheckReport report;
        using (new ProgressLine(progress, context.ShowsProgress))
            report = repairs ? Mend(context, repository, request, progress) : StateOption.Remembering(context, repository).Check(request, progress, context.Cancellation);
        if (repairs)
            lost = LookBack.Tell(context, repository, shown: _ => false); // what came back is not lost
        lost = [.. lost.ExceptBy(report.Problems.Select(problem => problem.What), problem => problem.What)];
        report = report with { Problems = [.. report.Problems, .. lost] };
        if (context.Json)
            CommandContext.Answer(report, ProtocolJson.Default.CheckReport);
        else
            Tell(context, report, request, told: lost);
        return report.Problems.Count == 0 ? 0 : ErrorCode.Corrupt.ExitCode();
    }

    private static CheckReport Mend(CommandContext context, IRepositoryService repository, CheckRequest request, TransferProgress progress)
    {
        var copies = new List<ReplicaTarget>();
        try
        {
            var stores = new SettingValues(ServeSettings.All, context.Arguments, context.Arguments.GetValue(ServeSettings.File)).Texts(DutySettings.Stores);
            foreach (var store in stores)
                TryAdd(context, copies, store);
            var named = (context.Arguments.GetValue(From) ?? []).Select(text => Location.Find(text, context.Notice)).ToList();
            Tokens.EnsureMeant(named);
            foreach (var location in named)
                copies.Add(ReplicaTarget.OpenToRead(location, context.Notice));
            return ((ServedRepository)StateOption.Remembering(context, repository)).Repair(request, [.. copies.Select(copy => copy.Target)], progress, context.Cancellation);
        }
        finally
        {
            copies.ForEach(copy => copy.Dispose());
        }
    }

    // A store of the configuration that is away is no reason not to ask the others.
    private static void TryAdd(CommandContext context, List<ReplicaTarget> copies, string store)
    {
        try
        {
            copies.Add(ReplicaTarget.OpenToRead(new FolderLocation(store, IsDefault: false), context.Notice));
        }
        catch (RepositoryException error)
        {
            context.Notice($"{store} does not help: {error.Message}");
        }
    }

    private static CheckRequest Request(CommandContext context)
    {
        var (time, bytes) = (context.Arguments.GetValue(MaxTime), context.Arguments.GetValue(MaxBytes));
        return new CheckRequest(
            context.Arguments.GetResult(ReadData) is { Implicit: false },
            Part(context.Arguments.GetValue(ReadData)),
            time is null ? null : Amount.Time(time) ?? throw new RepositoryException(ErrorCode.Usage, $"--max-time: '{time}' is no span such as 2h"),
            bytes is null ? null : Amount.Bytes(bytes) ?? throw new RepositoryException(ErrorCode.Usage, $"--max-bytes: '{bytes}' is no amount such as 100GiB"));
    }

    private static double Part(string? text) =>
        text is null ? 1 : Amount.Part(text) ?? throw new RepositoryException(ErrorCode.Usage, $"--read-data: '{text}' is no part such as 25%");

    private static void Tell(CommandContext context, CheckReport report, CheckRequest request, IEnumerable<CheckProblem> told)
    {
        foreach (var problem in report.Problems.Except(told))
        {
            ErrorReport.Line($"{problem.Message}; {Touched(problem)}");
            var members = problem.Members ?? [];
            foreach (var member in members.Take(MaxMembers))
                ErrorReport.Line($"lost: {member}");
            if (members.Count > MaxMembers)
                ErrorReport.Line($"lost: {members.Count - MaxMembers} more (--json names them)");
        }

        foreach (var line in report.Mended ?? [])
            context.Notice(line);

        var asksForAll = request is { Part: 1, MaxTime: null, MaxBytes: null };
        if (request.ReadData && !asksForAll && report.BundlesRead < report.Bundles)
            context.Notice($"{report.BundlesRead} of {Sizes.Count(report.Bundles, "bundle")} were read: those that were verified longest ago");
        else if (request.ReadData && !report.DataVerified && report.BundlesRead == report.Bundles)
            context.Notice("Without a full key chunks cannot be opened: files were compared with their names");
        var verdict = report.Problems.Count == 0 ? "all is well" : Sizes.Count(report.Problems.Count, "problem");
        if (report.Mended is { } mended)
            verdict = $"{(mended.Count == 0 ? "nothing was mended" : "mended")}, {(report.Problems.Count == 0 ? verdict : verdict + " left")}";
        if (!context.Quiet)
            CommandContext.Answer($"{Sizes.Count(report.Snapshots, "snapshot")}, {Sizes.Count(report.Bundles, "bundle")}, {Sizes.Count(report.Chunks, "chunk")}, {Sizes.Bytes(report.BytesRead)} verified: {verdict}");
    }

    private static string Touched(CheckProblem problem) => problem switch
    {
        { Snapshots.Count: > 0 } => "touches " + string.Join(", ", problem.Snapshots.Select(Shorten)),
        _ when problem.What.StartsWith("snapshot ", StringComparison.Ordinal) => "whose name nobody knows without it",
        _ => "touches no snapshot",
    };

    /// <summary>NAME@ID with as much of the id as people read.</summary>
    public static string Shorten(string snapshot) => snapshot[..(snapshot.IndexOf('@', StringComparison.Ordinal) + 9)];
}
