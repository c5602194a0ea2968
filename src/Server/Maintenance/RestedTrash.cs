using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Where there is no key nobody sees what is of use: what another copy had moved to the trash is given up when it has rested there for
/// the grace, by this machine's clock, and no session is alive any more that was when it came there. docs/design/replication.md, 2.
/// </summary>
internal static class RestedTrash
{
    /// <summary>Gives up.</summary>
    /// <param name="grace">How long it rests.</param>
    /// <param name="dryRun">Whether it is only told.</param>
    /// <returns>As of a prune, as far as anything is known.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/> if somebody else prunes.</exception>
    public static PruneReport Empty(IFileStore store, TimeSpan grace, bool dryRun, CancellationToken cancellation)
    {
        if (!store.IsReplica)
            throw new RepositoryException(ErrorCode.Denied, $"Without its key nothing is given up in {store.Location}, which was not made to hold copies: give the key (--key-file)");
        using var held = dryRun ? null : Prune.Lock(store);
        if (held is not null)
            Prune.EnsureLocksWork(store);
        store.SweepDeadSessions();
        var now = FormatTime.Now();
        var snapshots = Rested(store, FileKind.RemovedSnapshot, now - grace);
        var bundles = Rested(store, FileKind.UnusedBundle, now - grace);
        var oldest = store.OldestSession();
        var waiting = bundles.Where(bundle => oldest is { } began && !(store.Since(FileKind.UnusedBundle, bundle.Id) < began)).ToList();
        bundles = [.. bundles.Except(waiting)];
        if (!dryRun)
        {
            // The manifests for good before what they need.
            using (store.Lock(PutCommit.CommitLock))
                Delete(store, FileKind.RemovedSnapshot, snapshots, cancellation);
            Delete(store, FileKind.UnusedBundle, bundles, cancellation);
        }

        var kept = store.List(FileKind.Bundle);
        return new PruneReport(snapshots.Count, kept.Count, kept.Sum(id => store.Length(FileKind.Bundle, id) ?? 0), bundles.Count, Bytes(bundles), 0, 0, 0, Bytes(bundles), Bytes(waiting));
    }

    private static long Bytes(List<(ObjectId Id, long Length)> files) => files.Sum(file => file.Length);

    private static List<(ObjectId Id, long Length)> Rested(IFileStore store, FileKind kind, DateTime before) =>
        [.. store.List(kind).Where(id => store.Since(kind, id) <= before).Select(id => (id, store.Length(kind, id) ?? 0))];

    private static void Delete(IFileStore store, FileKind kind, List<(ObjectId Id, long Length)> files, CancellationToken cancellation)
    {
        foreach (var (id, _) in files)
        {
            cancellation.ThrowIfCancellationRequested();
            store.Delete(kind, id);
        }

        if (files.Count > 0)
            store.MakeDurable(kind);
    }
}
