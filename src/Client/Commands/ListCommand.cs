using System.CommandLine;
using System.Globalization;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>list [NAME]</c></summary>
internal static class ListCommand
{
    private static readonly Argument<string?> Name = new("NAME")
    {
        Description = "Only this name, or, ending in a slash, all below it",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string[]> Tags = new("--tag") { Description = "Only with this label (repeatable: with all of them)", HelpName = "TEXT", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> Removed = new("--removed") { Description = "Those that were removed instead, and until when each can be taken back" };
    private static readonly Option<string?> Since = new("--since") { Description = "Only from this time on: 2026-11-20, or a span such as 36h or 30d", HelpName = "TIME" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "list", "List snapshots", "streamback list web1/ --since 30d", [Name], [Tags, Since, Removed], Run);

    private static int Run(CommandContext context)
    {
        var name = context.Arguments.GetValue(Name);
        var tags = context.Arguments.GetValue(Tags) ?? [];
        var since = ParseSince(context.Arguments.GetValue(Since));
        if (name is not null)
            NameScope.Parse(name);
        using var repository = context.Reach();
        if (context.Arguments.GetValue(Removed))
            return ListRemoved(context, repository, removed => Covers(name, removed.Name) && (since is null || removed.Removed >= since));
        var seen = LookBack.Remembered(context, repository);
        var damaged = new List<RepositoryException>();
        var all = repository.List(damaged.Add);
        var chosen = all
            .Where(snapshot => Covers(name, snapshot.Name))
            .Where(snapshot => tags.All(snapshot.Tags.Contains))
            .Where(snapshot => since is null || snapshot.Time >= since)
            .ToList();
        LookBack.Tell(repository, seen, all, chosen);
        if (name is not null && chosen.Count == 0 && tags.Length == 0 && since is null && damaged.Count == 0)
            throw MissingName.Error(name, all.Select(snapshot => snapshot.Name));
        using (var writer = new StreamWriter(new StandardOutput()))
        {
            foreach (var snapshot in chosen)
                writer.Write(context.Json ? System.Text.Json.JsonSerializer.Serialize(snapshot, ProtocolJson.Default.SnapshotInfo) + "\n" : Line(snapshot));
        }

        foreach (var error in damaged)
            ErrorReport.Tell(error, context.Json);
        return damaged.Count == 0 ? 0 : ErrorCode.Corrupt.ExitCode();
    }

    private static int ListRemoved(CommandContext context, IRepositoryService repository, Func<RemovedSnapshot, bool> chosen)
    {
        var damaged = new List<RepositoryException>();
        StateOption.KeepGrace(context, repository);
        var all = repository.Removed(damaged.Add).Where(chosen).ToList();
        using (var writer = context.Lines())
        {
            foreach (var removed in all)
                writer.Write((context.Json ? System.Text.Json.JsonSerializer.Serialize(removed, ProtocolJson.Default.RemovedSnapshot) : Line(removed)) + "\n");
        }

        foreach (var error in damaged)
            ErrorReport.Tell(error, context.Json);
        return damaged.Count == 0 ? 0 : ErrorCode.Corrupt.ExitCode();
    }

    private static bool Covers(string? chosen, string name) =>
        chosen is null || new NameScope(chosen).Covers(name);

    private static string Line(RemovedSnapshot removed) => string.Create(
        CultureInfo.InvariantCulture,
        $"{removed.Id[..8]}  {(removed.Snapshot is { } facts ? $"{facts.Time:yyyy-MM-dd HH:mm:ss}Z  {Sizes.Bytes(facts.Length),9}" : $"{"",20}  {"",9}")}  {removed.Name}  removed {removed.Removed:yyyy-MM-dd HH:mm:ss}Z by {Printable.Text(removed.By)}, {(removed.Until is { } until ? $"can be taken back until {until:yyyy-MM-dd HH:mm}Z" : "given up")}");

    private static string Line(SnapshotInfo snapshot)
    {
        var notes = string.Join(' ', (snapshot.Held ? ["(held)"] : Array.Empty<string>()).Concat(snapshot.Tags.Select(tag => $"#{Printable.Text(tag)}")).Concat(snapshot.Marks.Select(mark => $"({mark})")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{snapshot.Id[..8]}  {snapshot.Time:yyyy-MM-dd HH:mm:ss}Z  {Sizes.Bytes(snapshot.Length),9}  {(snapshot.StoredBytes is { } stored ? Sizes.Bytes(stored) + " stored" : ""),16}  {snapshot.Name}{(notes.Length > 0 ? "  " + notes : "")}\n");
    }

    /// <summary>A thousand years: a longer span means no bound, and would leave the calendar.</summary>
    private const double MostMinutes = 1000.0 * 366 * 24 * 60;

    private static DateTime? ParseSince(string? text)
    {
        if (text is null)
            return null;
        var unit = text.Length > 1 ? text[^1] switch { 'm' => 1, 'h' => 60, 'd' => 60 * 24, 'w' => 60 * 24 * 7, _ => 0 } : 0;
        if (unit > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return DateTime.UtcNow - TimeSpan.FromMinutes(Math.Min((double)count * unit, MostMinutes));
        return UtcTime.TryParse(text, out var time)
            ? time
            : throw new RepositoryException(ErrorCode.Usage, $"'{text}' is neither a time such as 2026-11-20 nor a span such as 36h or 30d");
    }
}
