using System.CommandLine;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>remove NAME@WHICH…</c></summary>
internal static class RemoveCommand
{
    private static readonly Argument<string[]> Which = new("NAME@WHICH")
    {
        Description = "Snapshots, each said exactly: WHICH is needed",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> DryRun = new("--dry-run", "-n") { Description = "Only say what would go" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "remove", "Drop snapshots; until their grace ends, 14 days by default, they can be taken back", "streamback remove web1/etc@1a2b3c4d web1/etc@-2", [Which], [DryRun], Run);

    private static int Run(CommandContext context)
    {
        var selectors = (context.Arguments.GetValue(Which) ?? []).Select(Exactly).ToList();
        using var repository = context.Reach();
        var snapshots = selectors.Select(repository.Find).DistinctBy(snapshot => snapshot.Id).ToList();
        var dryRun = context.Arguments.GetValue(DryRun);
        if (dryRun && snapshots.Find(snapshot => snapshot.Held) is { } held)
            throw new RepositoryException(ErrorCode.Denied, $"{held.ShortName} is held: streamback release lets it go; nothing was removed");
        if (!dryRun)
            repository.Remove(snapshots);
        foreach (var snapshot in snapshots)
        {
            var what = $"{snapshot.ShortName} of {snapshot.Time:yyyy-MM-dd HH:mm:ss}Z";
            context.Notice(dryRun ? $"Would remove {what}" : $"Removed {what}; streamback undelete {snapshot.ShortName} takes it back");
            if (context.Json)
                CommandContext.Answer(snapshot, ProtocolJson.Default.SnapshotInfo);
        }

        return 0;
    }

    // A name alone would drop the newest, which is hardly ever meant.
    private static SnapshotSelector Exactly(string text) => text.Contains('@', StringComparison.Ordinal)
        ? SnapshotSelector.Parse(text)
        : throw new RepositoryException(ErrorCode.Usage, $"Say which snapshot of '{text}': {text}@ID, or {text}@latest");
}
