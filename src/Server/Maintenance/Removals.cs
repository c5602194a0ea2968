using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Removes snapshots and takes them back: a record first, then the manifest moves. docs/design/removal.md, 2.</summary>
/// <param name="repository">Open; a put key is enough.</param>
/// <remarks>Threading: any.</remarks>
internal sealed class Removals(OpenRepository repository)
{
    /// <summary>Snapshots that are removed while puts wait for the commit lock: some ten milliseconds each on a slow disk.</summary>
    private const int AtOnce = 32;

    private readonly IFileStore store = repository.Store;

    /// <summary>Holds a snapshot, or lets it go.</summary>
    public void Hold(SnapshotInfo snapshot, bool held)
    {
        using var session = store.OpenSession();
        using var commit = store.Lock(PutCommit.CommitLock);
        EnsureThere(FileKind.Snapshot, snapshot.Id);
        var time = Later(repository.Snapshots.LastLabel(snapshot.Id));
        PartFiles.Label.Add(store, repository.Keys, session, new LabelPart { Snapshot = snapshot.Id, Time = time, Add = [], Remove = [], Hold = held });
    }

    /// <summary>Removes snapshots; none if one is held now, and no more of them once one is.</summary>
    /// <param name="by">Whose doing it is.</param>
    public void Remove(IReadOnlyList<SnapshotInfo> snapshots, string by)
    {
        using var session = store.OpenSession();
        EnsureNotHeld(snapshots, removed: 0);
        var removed = 0;
        foreach (var some in snapshots.Chunk(AtOnce))
        {
            using var commit = store.Lock(PutCommit.CommitLock);
            EnsureNotHeld(some, removed);
            var before = repository.Removals.Certain();
            foreach (var snapshot in some)
            {
                if (store.Length(FileKind.Snapshot, Id(snapshot.Id)) is null)
                    continue; // somebody else was faster
                Record(session, before, snapshot.Id, snapshot.Name, isUndelete: false, by);
                store.Move(FileKind.Snapshot, FileKind.RemovedSnapshot, Id(snapshot.Id));
                removed++;
            }
        }
    }

    /// <summary>Takes a removed snapshot back.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>.</exception>
    public void Undelete(RemovedSnapshot removed, string by)
    {
        using var session = store.OpenSession();
        using var commit = store.Lock(PutCommit.CommitLock);
        EnsureThere(FileKind.RemovedSnapshot, removed.Id);
        BringBack(Id(removed.Id));
        Record(session, repository.Removals.Certain(), removed.Id, removed.Name, isUndelete: true, by);
        store.Move(FileKind.RemovedSnapshot, FileKind.Snapshot, Id(removed.Id));
    }

    /// <summary>Takes back what is in the trash although no record says that it was removed; nothing if a record cannot be read, which may say it.</summary>
    /// <returns>What was taken back.</returns>
    public List<ObjectId> TakeBackUnrecorded()
    {
        using var session = store.OpenSession();
        using var commit = store.Lock(PutCommit.CommitLock);
        var areAllRead = true;
        var records = repository.Removals.Newest(_ => areAllRead = false);
        var taken = new List<ObjectId>();
        foreach (var id in store.List(FileKind.RemovedSnapshot).Where(id => areAllRead && !records.ContainsKey($"{id}")))
        {
            if (CanBeRead(id))
                BringBack(id);
            if (store.Move(FileKind.RemovedSnapshot, FileKind.Snapshot, id))
                taken.Add(id);
        }

        return taken;
    }

    // In a copy that is told from elsewhere what it no longer needs, bundles rest beside the snapshots that need them.
    private void BringBack(ObjectId snapshot)
    {
        var resting = store.List(FileKind.UnusedBundle);
        if (resting.Count == 0 || Manifest.TryReadRemoved(store, repository.Keys, snapshot) is not { } manifest)
            return;
        using var needed = new NeededBundles(repository, new Damage(), _ => { });
        needed.Add(manifest);
        foreach (var bundle in resting.Where(needed.Ids.Contains))
            store.Move(FileKind.UnusedBundle, FileKind.Bundle, bundle);
    }

    /// <summary>All that were removed, by name, then in the order of their removal.</summary>
    /// <param name="grace">How long they rest.</param>
    public List<RemovedSnapshot> List(TimeSpan grace, Action<RepositoryException> damaged)
    {
        var resting = repository.Snapshots.ReadRemoved(damaged).ToDictionary(snapshot => snapshot.Id);
        var removed = new List<RemovedSnapshot>();
        foreach (var record in repository.Removals.Newest(damaged).Values)
        {
            var facts = resting.GetValueOrDefault(record.Snapshot);
            if (ObjectId.TryParse(record.Snapshot, out var id) && store.Length(FileKind.Snapshot, id) is null && (facts is not null || !record.IsUndelete))
                removed.Add(new RemovedSnapshot(record.Snapshot, record.Name, record.Time, record.By, facts is null ? null : Since(record, Id(record.Snapshot)) + grace, facts));
        }

        return [.. removed.OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.Removed).ThenBy(one => one.Id, StringComparer.Ordinal)];
    }

    /// <summary>Of some ids those whose snapshots somebody removed.</summary>
    public IReadOnlyCollection<string> Among(IReadOnlyCollection<string> ids) => [.. repository.Removals.Removed().Intersect(ids)];

    /// <summary>Gives up the removed snapshots whose grace has ended. To be called under the commit lock.</summary>
    /// <param name="dryRun">Whether they are only named.</param>
    /// <returns>Those that were given up.</returns>
    /// <remarks>
    /// A snapshot that is listed is one, whatever a record says: whoever began to remove it was not told that it is gone. One that was to be
    /// taken back comes back. Of one that stays a record says so, or no copy would take it; in a copy it stays because nobody has told the copy to remove it.
    /// </remarks>
    /// <param name="wasAhead">Whether times later than now are known to be of a clock that was ahead: what was removed then rests from when it came to the trash.</param>
    public List<ObjectId> Settle(DateTime now, TimeSpan grace, bool dryRun, bool wasAhead = false)
    {
        var expired = new List<ObjectId>();
        var newest = repository.Removals.Certain();
        foreach (var id in store.List(FileKind.RemovedSnapshot))
        {
            if (wasAhead && !dryRun && store.Since(FileKind.RemovedSnapshot, id) > now)
                RestAnew(id);
            var record = newest.GetValueOrDefault(id.ToString());
            if (record is { IsUndelete: true } && !dryRun)
                store.Move(FileKind.RemovedSnapshot, FileKind.Snapshot, id);
            else if (record is { IsUndelete: false } && Since(record, id, wasAhead ? now : null) + grace <= now && store.Length(FileKind.Snapshot, id) is null && !WasBehind(record, id, newest, wasAhead ? now : null, dryRun))
                expired.Add(id);
        }

        if (dryRun)
            return expired;
        GiveUp(expired);
        if (!store.IsReplica)
            Keep(store.List(FileKind.Snapshot).Select(id => newest.GetValueOrDefault(id.ToString())).OfType<RemovalPart>().Where(record => !record.IsUndelete), newest);
        return expired;
    }

    // The disk has the time of a clock that was ahead as well: a new name is of now. It is a snapshot for that moment, which hurts nobody.
    private void RestAnew(ObjectId id)
    {
        if (store.Length(FileKind.Snapshot, id) is null && store.Move(FileKind.RemovedSnapshot, FileKind.Snapshot, id))
            store.Move(FileKind.Snapshot, FileKind.RemovedSnapshot, id);
    }

    // Whoever removed it before it was put had a clock that was behind: nobody knows how long it has rested, so it begins now.
    private bool WasBehind(RemovalPart record, ObjectId id, Dictionary<string, RemovalPart> newest, DateTime? believed, bool dryRun)
    {
        if (Received(id) is not { } received || received <= Since(record, id, believed) || received > believed)
            return false;
        if (!dryRun && !store.IsReplica)
        {
            using var session = store.OpenSession();
            Record(session, newest, record.Snapshot, record.Name, isUndelete: false, record.By);
        }

        return true;
    }

    // One of a later version, say: what it needs nobody here can tell.
    private bool CanBeRead(ObjectId removed) => Received(removed) is not null;

    private DateTime? Received(ObjectId removed)
    {
        try
        {
            return Manifest.TryReadRemoved(store, repository.Keys, removed)?.Structure.Received;
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
        {
            return null;
        }
    }

    private void Keep(IEnumerable<RemovalPart> unfinished, Dictionary<string, RemovalPart> newest)
    {
        foreach (var record in unfinished)
        {
            using var session = store.OpenSession();
            Record(session, newest, record.Snapshot, record.Name, isUndelete: true, "prune");
        }
    }

    // A record that came from elsewhere tells a time of elsewhere: it rests from when it came to the trash here.
    private DateTime Since(RemovalPart record, ObjectId id, DateTime? believed = null)
    {
        var moved = store.Since(FileKind.RemovedSnapshot, id);
        if (record.Time > believed)
            return moved < believed ? moved.Value : believed.Value;
        return moved > record.Time ? moved.Value : record.Time;
    }

    // The manifests last, and for good before anything goes that they need.
    private void GiveUp(List<ObjectId> expired)
    {
        if (expired.Count == 0)
            return;
        var labels = repository.Snapshots.LabelIds();
        foreach (var label in expired.SelectMany(id => labels[id.ToString()]))
            store.Delete(FileKind.Label, label);
        store.MakeDurable(FileKind.Label);
        foreach (var id in expired)
            store.Delete(FileKind.RemovedSnapshot, id);
        store.MakeDurable(FileKind.RemovedSnapshot);
    }

    // Never before the record before it, whatever the clock says: the newest counts.
    private void Record(ISessionLock session, Dictionary<string, RemovalPart> before, string id, string name, bool isUndelete, string by)
    {
        var time = Later(before.GetValueOrDefault(id)?.Time);
        PartFiles.Removal.Add(store, repository.Keys, session, new RemovalPart { Snapshot = id, Name = name, Time = time, IsUndelete = isUndelete, By = by });
    }

    private static DateTime Later(DateTime? last) => FormatTime.Now() is var now && last >= now ? last.Value + TimeSpan.FromMicroseconds(1) : now;

    private void EnsureNotHeld(IReadOnlyList<SnapshotInfo> snapshots, int removed)
    {
        var held = repository.Snapshots.Held();
        if (snapshots.FirstOrDefault(snapshot => held.Contains(snapshot.Id)) is { } one)
            throw new RepositoryException(ErrorCode.Denied, $"{one.ShortName} is held: streamback release lets it go; {(removed == 0 ? "nothing was removed" : $"{removed} others were removed before it was held")}");
    }

    private void EnsureThere(FileKind kind, string id)
    {
        if (store.Length(kind, Id(id)) is null)
            throw new RepositoryException(ErrorCode.NotFound, $"Snapshot {id} is no longer there");
    }

    private static ObjectId Id(string text) => ObjectId.TryParse(text, out var id) ? id : throw new RepositoryException(ErrorCode.NotFound, $"'{text}' is no snapshot's id");
}
