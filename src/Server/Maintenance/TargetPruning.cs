using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Has another copy of a repository remove what was removed here, and, where it has no key, what it then no longer needs. docs/design/replication.md, 2.</summary>
/// <param name="repository">This side; has a key.</param>
/// <param name="target">The other side.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
internal sealed class TargetPruning(OpenRepository repository, IObjectTarget target, Action<string> notice)
{
    private readonly IFileStore store = repository.Store;

    /// <summary>Removes.</summary>
    /// <param name="isComplete">Whether all that is here came to be there: otherwise only snapshots go.</param>
    /// <returns>Snapshots that went to the trash there, and bytes that were given back.</returns>
    public (int Removed, long Freed) Run(bool isComplete, CancellationToken cancellation)
    {
        var (removed, unknown) = RemoveSnapshots(cancellation);
        if (unknown > 0)
            notice($"{Sizes.Count(unknown, "snapshot")} in {target.Location} {(unknown == 1 ? "is" : "are")} not here, and nobody removed {(unknown == 1 ? "it" : "them")}: kept there, with all that is there");
        else if (isComplete && target.IsKeyless)
            RemoveUnused(cancellation);
        return (removed, target.Prune(cancellation));
    }

    private (int Removed, int Unknown) RemoveSnapshots(CancellationToken cancellation)
    {
        var records = new TargetRemovals(repository, target).Removed();
        var (here, resting) = (store.List(FileKind.Snapshot).ToHashSet(), store.List(FileKind.RemovedSnapshot).ToHashSet());
        var (removed, unknown) = (0, 0);
        foreach (var id in target.List(ObjectKind.Snapshot).Select(stored => stored.Id).Where(id => !here.Contains(id)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (records.Contains(id))
            {
                target.Remove(ObjectKind.Snapshot, id);
                removed++;
            }
            else if (!resting.Contains(id))
            {
                unknown++;
            }
        }

        return (removed, unknown);
    }

    // Whatever a snapshot here rests on is here, or in the trash here: what is in neither, no snapshot there needs that is known here.
    private void RemoveUnused(CancellationToken cancellation)
    {
        foreach (var (kind, resting) in new[] { (ObjectKind.Index, FileKind.Index), (ObjectKind.Bundle, FileKind.UnusedBundle) })
        {
            var there = target.List(kind).Select(stored => stored.Id).ToList();
            HashSet<ObjectId> here = [.. store.List(kind.ToFile()), .. store.List(resting), .. store.List(kind.ToFile())];
            foreach (var id in there.Where(id => !here.Contains(id)))
            {
                cancellation.ThrowIfCancellationRequested();
                target.Remove(kind, id);
            }
        }
    }
}
