using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary>Tells of snapshots that were in a repository and no longer are (docs/design/threat-model.md).</summary>
internal static class LookBack
{
    /// <summary>Digits of an id that people are shown.</summary>
    private const int ShownDigits = 8;

    /// <summary>Looks at what is there, if one may, and tells of what is not.</summary>
    /// <param name="context">Says where the repository is.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="shown">Which snapshots the user asked about.</param>
    /// <returns>As of the other one.</returns>
    public static IReadOnlyList<CheckProblem> Tell(CommandContext context, IRepositoryService repository, Func<SnapshotInfo, bool> shown)
    {
        if (!repository.Access.Capabilities.HasFlag(Capabilities.List) || repository is EmbeddedRepository { NeedsKey: true })
            return [];
        var seen = Remembered(context, repository);
        var all = repository.List(_ => { });
        return Tell(repository, seen, all, all.Where(shown));
    }

    /// <summary>What this client has seen: to be asked for before the list is, which then has all of it that nobody has removed.</summary>
    public static SeenSnapshots Remembered(CommandContext context, IRepositoryService repository) => new(repository.Id, context.Place);

    /// <summary>Tells of what this client has seen and what is gone, and remembers what is there.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="seen">From <see cref="Remembered"/>.</param>
    /// <param name="all">Its snapshots, listed since.</param>
    /// <param name="shown">Of those, the ones that the user asked about: a gap just before one is told as well.</param>
    /// <returns>Those that are lost: that were seen in this copy of the repository, or that another one of those that were asked about was put after.</returns>
    public static IReadOnlyList<CheckProblem> Tell(IRepositoryService repository, SeenSnapshots seen, IReadOnlyList<SnapshotInfo> all, IEnumerable<SnapshotInfo> shown)
    {
        var ids = all.Select(snapshot => snapshot.Id).ToHashSet();
        var gaps = shown.Where(snapshot => snapshot.Previous is { } previous && !ids.Contains(previous)).ToList();
        var removed = Removed(repository, seen.NotAmong(ids).Select(gone => gone.Id).Concat(gaps.Select(snapshot => snapshot.Previous!)));
        ids.UnionWith(removed);

        // One that is there and cannot be read is damage, not loss, and is told as such by whoever read the list.
        var gone = seen.NotAmong(ids).Where(one => repository.Access.Covers(one.Name) && !repository.Holds(one.Id)).ToList();
        var lost = gone.Where(seen.WasHere).ToList();
        foreach (var one in lost)
            ErrorReport.Line($"Snapshot {one.Name}@{Short(one.Id)} was here when this client last looked, and is gone: it was lost, or this is an old state of the repository (to hear no more of it, delete its line in {seen.Path})");
        var elsewhere = gone.Where(one => !seen.WasHere(one) && !lost.Exists(other => other.Id == one.Id)).ToList();
        foreach (var place in elsewhere.GroupBy(one => one.Place))
            ErrorReport.Line($"{TellSome([.. place])}, which this client saw in {place.Key}, {(place.Count() == 1 ? "is" : "are")} not here: a copy has what was there when it was last sent (to hear no more of it, delete what {seen.Path} has of it)");
        var told = gone.Select(one => one.Id).ToHashSet();
        gaps.RemoveAll(snapshot => ids.Contains(snapshot.Previous!) || repository.Holds(snapshot.Previous!) || !told.Add(snapshot.Previous!));
        foreach (var snapshot in gaps)
            ErrorReport.Line($"Snapshot {snapshot.Name}@{Short(snapshot.Id)} was put after {snapshot.Name}@{Short(snapshot.Previous!)}, which is gone");
        seen.Remember(all, removed);
        return
        [
            .. lost.Select(one => new CheckProblem($"snapshot {one.Id}", $"snapshot {one.Id}: was here, and is gone", [$"{one.Name}@{one.Id}"])),
            .. gaps.Select(snapshot => new CheckProblem($"snapshot {snapshot.Previous}", $"snapshot {snapshot.Previous}: is gone; {snapshot.Name}@{snapshot.Id} was put after it", [$"{snapshot.Name}@{snapshot.Previous}"])),
        ];
    }

    private static string TellSome(IReadOnlyList<SeenSnapshot> gone) =>
        $"{(gone.Count == 1 ? "Snapshot" : $"{gone.Count} snapshots, such as")} {gone[0].Name}@{Short(gone[0].Id)}";

    // Only asked for if something is gone.
    private static HashSet<string> Removed(IRepositoryService repository, IEnumerable<string> gone)
    {
        var missing = gone.ToHashSet();
        if (missing.Count > 0)
            missing.IntersectWith(repository.WereRemoved(missing));
        return missing;
    }

    // Whoever holds a put key may have written anything as the previous one.
    private static string Short(string id) => id.Length > ShownDigits ? id[..ShownDigits] : id;
}
