using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>What the records of both sides say was removed: the newest counts, wherever it is.</summary>
/// <param name="repository">This side; has a key.</param>
/// <param name="target">The other side, of which nothing is trusted: records are authentic, or they are none.</param>
internal sealed class TargetRemovals(OpenRepository repository, IObjectSource target)
{
    private readonly HashSet<ObjectId> unread = [];

    /// <summary>The snapshots that are removed, for who goes by it.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if a record here cannot be read on either side: it may be the newest.</exception>
    public HashSet<ObjectId> Certain()
    {
        var removed = Removed();
        return unread.Count == 0 ? removed : throw new RepositoryException(
            ErrorCode.Corrupt, $"removal record {unread.First()}: is damaged, and {target.Location} has none that is right: nothing is removed there until streamback check --repair has mended it");
    }

    /// <summary>The snapshots that are removed, as far as records can be read.</summary>
    public HashSet<ObjectId> Removed()
    {
        var here = repository.Store.List(FileKind.Removal).ToHashSet(); // first: what comes meanwhile is not one that cannot be read
        var newest = repository.Removals.Newest(_ => { });
        unread.UnionWith(here.Where(id => !repository.Removals.IsRead(id)));
        foreach (var stored in target.List(ObjectKind.Removal).Where(stored => (!here.Contains(stored.Id) || unread.Contains(stored.Id)) && stored.Length <= PartFile<RemovalPart>.MaxLength))
        {
            if (TryRead(stored) is not { } record)
                continue;
            unread.Remove(stored.Id);
            if (!newest.TryGetValue(record.Snapshot, out var other) || record.Time > other.Time)
                newest[record.Snapshot] = record;
        }

        return [.. newest.Values.Where(record => !record.IsUndelete).Select(record => ObjectId.TryParse(record.Snapshot, out var id) ? id : default)];
    }

    private RemovalPart? TryRead(StoredObject stored)
    {
        try
        {
            var bytes = new byte[stored.Length];
            target.Read(ObjectKind.Removal, stored.Id, 0, bytes);
            return PartFiles.Removal.Read(bytes, repository.Keys, stored.Id);
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.NotFound)
        {
            return null;
        }
    }
}
