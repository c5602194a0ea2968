using System.CommandLine;
using System.Globalization;
using StreamBack.Client.Configuration;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>forget NAME --keep-…</c></summary>
internal static class ForgetCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Of this name, or, ending in a slash, of each name below it" };
    private static readonly Option<int> Last = Rule("last", "So many of the newest");
    private static readonly Option<int> Hourly = Rule("hourly", "The newest of each of so many hours");
    private static readonly Option<int> Daily = Rule("daily", "… days (UTC)");
    private static readonly Option<int> Weekly = Rule("weekly", "… weeks, from Monday on");
    private static readonly Option<int> Monthly = Rule("monthly", "… months");
    private static readonly Option<int> Yearly = Rule("yearly", "… years");
    private static readonly Option<string?> Within = new("--keep-within") { Description = "All that came within this time, such as 36h or 30d", HelpName = "TIME" };
    private static readonly Option<bool> DryRun = new("--dry-run", "-n") { Description = "Only say what would stay, why, and what would go" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "forget",
        "Drop snapshots that no rule keeps; until their grace ends, 14 days by default, they can be taken back",
        """
        streamback forget web1/ --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --dry-run
        streamback forget db/shop --keep-within 30d --keep-yearly 10
        """,
        [Name],
        [Last, Hourly, Daily, Weekly, Monthly, Yearly, Within, DryRun],
        Run);

    private static Option<int> Rule(string period, string summary) => new($"--keep-{period}") { Description = summary, HelpName = "N" };

    private static int Run(CommandContext context)
    {
        var arguments = context.Arguments;
        var within = arguments.GetValue(Within);
        var policy = new RetentionPolicy(
            arguments.GetValue(Last),
            arguments.GetValue(Hourly),
            arguments.GetValue(Daily),
            arguments.GetValue(Weekly),
            arguments.GetValue(Monthly),
            arguments.GetValue(Yearly),
            within is null ? null : Amount.Time(within) ?? throw new RepositoryException(ErrorCode.Usage, $"--keep-within: '{within}' is no span such as 36h or 30d"));
        var request = new ForgetRequest(arguments.GetRequiredValue(Name), policy, arguments.GetValue(DryRun));
        request.EnsureSensible();
        using var repository = context.Reach();
        var decisions = Forget(repository, request);
        if (context.Json || !context.Quiet)
        {
            using var writer = context.Lines();
            foreach (var decision in decisions)
                writer.Write((context.Json ? System.Text.Json.JsonSerializer.Serialize(decision, ProtocolJson.Default.RetentionDecision) : Line(decision)) + "\n");
        }

        var gone = decisions.Count(decision => !decision.Keep);
        context.Notice(request.DryRun ? $"{Sizes.Count(gone, "snapshot")} would go, {decisions.Count - gone} stay" : $"{Sizes.Count(gone, "snapshot")} removed, {decisions.Count - gone} stay; streamback prune gives the room back once their grace has ended");
        return 0;
    }

    private static IReadOnlyList<RetentionDecision> Forget(IRepositoryService repository, ForgetRequest request)
    {
        try
        {
            return repository.Forget(request);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            throw MissingName.Error(request.Name, repository.List(_ => { }).Select(snapshot => snapshot.Name));
        }
    }

    private static string Line(RetentionDecision decision) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(decision.Keep ? "keep  " : "remove")}  {decision.Snapshot.Id[..8]}  {decision.Snapshot.Time:yyyy-MM-dd HH:mm:ss}Z  {decision.Snapshot.Name}{(decision.Keep ? "  " + string.Join(", ", decision.Reasons) : "")}");
}
