using System.CommandLine;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>undelete NAME[@WHICH]</c></summary>
internal static class UndeleteCommand
{
    private static readonly Argument<string> Which = SnapshotArgument.Create();

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "undelete", "Take back a snapshot that was removed: list --removed shows them", "streamback undelete web1/etc@1a2b3c4d", [Which], [], Run);

    private static int Run(CommandContext context)
    {
        var selector = SnapshotSelector.Parse(context.Arguments.GetRequiredValue(Which));
        using var repository = context.Reach();
        var all = repository.Removed(error => throw error).Where(removed => removed.Name == selector.Name.ToString()).ToList();
        if (!all.Exists(removed => removed.Snapshot is not null))
            throw new RepositoryException(ErrorCode.NotFound, $"No removed snapshot of '{selector.Name}' can be taken back");
        var chosen = selector.Choose([.. all.Select(removed => removed.Snapshot).OfType<SnapshotInfo>().OrderBy(snapshot => snapshot.Time).ThenBy(snapshot => snapshot.Received).ThenBy(snapshot => snapshot.Id, StringComparer.Ordinal)]);
        repository.Undelete(all.First(removed => removed.Id == chosen.Id));
        context.Notice($"{chosen.Name}@{chosen.Id[..8]} is back");
        if (context.Json)
            CommandContext.Answer(chosen, ProtocolJson.Default.SnapshotInfo);
        return 0;
    }
}
