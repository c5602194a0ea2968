using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Has another copy of a repository move to the trash what was removed here, and, where it has no key, what it then no longer needs. docs/design/replication.md, 2.</summary>
/// <param name="repository">This side; has a key.</param>
/// <param name="target">The other side.</param>
/// <param name="restingOn">Bundles that snapshots here rest on.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
internal sealed class TargetPruning(OpenRepository repository, IObjectTarget target, IReadOnlySet<ObjectId> restingOn, Action<string> notice)
{
    private readonly IFileStore store = repository.Store;

    /// <summary>Removes.</summary>
    /// <param name="isComplete">Whether all that is here came to be there: otherwise only snapshots go.</param>
    /// <returns>How many snapshots went to the trash there.</returns>
    public int Run(bool isComplete, CancellationToken cancellation)
    {
        // Before the snapshots: what comes there meanwhile is not touched.
        var there = target.List(ObjectKind.Bundle).Select(stored => stored.Id).ToList();
        var (removed, unknown) = RemoveSnapshots(cancellation);
        if (unknown > 0)
            notice($"{Sizes.Count(unknown, "snapshot")} in {target.Location} {(unknown == 1 ? "is" : "are")} not here, and nobody removed {(unknown == 1 ? "it" : "them")}: kept there, with all that is there. streamback check --repair --from {target.Location} brings {(unknown == 1 ? "it" : "them")} here: a put that was killed may have left one that nobody was told of, and this side may have lost one");
        else if (isComplete && target.IsKeyless)
            RemoveUnused(there, cancellation);
        return removed;
    }

    private (int Removed, int Unknown) RemoveSnapshots(CancellationToken cancellation)
    {
        var records = new TargetRemovals(repository, target).Certain();

        // There first: what is put into both meanwhile is then here as well.
        var there = target.List(ObjectKind.Snapshot);
        var (here, resting) = (store.List(FileKind.Snapshot).ToHashSet(), store.List(FileKind.RemovedSnapshot).ToHashSet());
        var (removed, unknown) = (0, 0);
        foreach (var id in there.Select(stored => stored.Id).Where(id => !here.Contains(id)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (records.Contains(id))
            {
                if (!target.MayRemove)
                    throw new RepositoryException(ErrorCode.Denied, $"What was removed here stays in {target.Location}: the token must allow remove");
                removed += TryRemove(id) ? 1 : 0;
            }
            else if (!resting.Contains(id))
            {
                unknown++;
            }
        }

        return (removed, unknown);
    }

    // One that is held there stays, and says so.
    private bool TryRemove(ObjectId id)
    {
        try
        {
            target.Remove(ObjectKind.Snapshot, id);
            return true;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Denied)
        {
            notice($"{target.Location}: {error.Message}");
            return false;
        }
    }

    // What snapshots here rest on is there as it was when they were looked at, whatever has been pruned here since.
    private void RemoveUnused(List<ObjectId> there, CancellationToken cancellation)
    {
        HashSet<ObjectId> here = [.. store.List(FileKind.Bundle), .. store.List(FileKind.UnusedBundle), .. store.List(FileKind.Bundle), .. restingOn];
        foreach (var id in there.Where(id => !here.Contains(id)))
        {
            cancellation.ThrowIfCancellationRequested();
            target.Remove(ObjectKind.Bundle, id);
        }

        var files = target.List(ObjectKind.Index).Select(stored => stored.Id).ToList();
        foreach (var id in files.Except([.. store.List(FileKind.Index), .. store.List(FileKind.Index)]))
            target.Remove(ObjectKind.Index, id);
    }
}
