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
    /// <param name="repository">The repository.</param>
    /// <param name="shown">Which snapshots the user asked about.</param>
    public static void Tell(IRepositoryService repository, Func<SnapshotInfo, bool> shown)
    {
        if (!repository.Access.Capabilities.HasFlag(Capabilities.List) || repository is EmbeddedRepository { NeedsKey: true })
            return;
        var all = repository.List(_ => { });
        Tell(repository, all, all.Where(shown));
    }

    /// <summary>Tells of what this client has seen and what is gone, and remembers what is there.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="all">Its snapshots.</param>
    /// <param name="shown">Of those, the ones that the user asked about: a gap just before one is told as well.</param>
    public static void Tell(IRepositoryService repository, IReadOnlyList<SnapshotInfo> all, IEnumerable<SnapshotInfo> shown)
    {
        var ids = new HashSet<string>();
        foreach (var snapshot in all)
            ids.Add(snapshot.Id);
        var seen = new SeenSnapshots(repository.Id);
        var told = new HashSet<string>();
        ids.UnionWith(WithoutLoss(repository, seen.NotAmong(ids).Select(gone => gone.Id).Concat(shown.Select(snapshot => snapshot.Previous).OfType<string>().Where(previous => !ids.Contains(previous)))));

        // One that is there and cannot be read is damage, not loss, and is told as such by whoever read the list.
        foreach (var gone in seen.NotAmong(ids).Where(gone => repository.Access.Covers(gone.Name) && !repository.Holds(gone.Id)))
        {
            told.Add(gone.Id);
            ErrorReport.Line($"Snapshot {gone.Name}@{Short(gone.Id)} was here when this client last looked, and is gone: it was lost, or this is an old state of the repository (to hear no more of it, delete its line in {seen.Path})");
        }

        foreach (var snapshot in shown)
        {
            if (snapshot.Previous is { } previous && !ids.Contains(previous) && !repository.Holds(previous) && told.Add(previous))
                ErrorReport.Line($"Snapshot {snapshot.Name}@{Short(snapshot.Id)} was put after {snapshot.Name}@{Short(previous)}, which is gone");
        }

        seen.Remember(all, ids);
    }

    // Those that are gone since somebody removed them: only asked for if something is gone.
    private static HashSet<string> WithoutLoss(IRepositoryService repository, IEnumerable<string> gone)
    {
        var missing = gone.ToHashSet();
        if (missing.Count > 0)
            missing.IntersectWith(repository.WereRemoved(missing));
        return missing;
    }

    // Whoever holds a put key may have written anything as the previous one.
    private static string Short(string id) => id.Length > ShownDigits ? id[..ShownDigits] : id;
}
