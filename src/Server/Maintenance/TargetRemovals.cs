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
    /// <summary>The snapshots that are removed.</summary>
    public HashSet<ObjectId> Removed()
    {
        var newest = repository.Removals.Newest(_ => { });
        var known = repository.Store.List(FileKind.Removal).ToHashSet();
        foreach (var stored in target.List(ObjectKind.Removal).Where(stored => !known.Contains(stored.Id) && stored.Length <= PartFile<RemovalPart>.MaxLength))
        {
            if (TryRead(stored) is { } record && (!newest.TryGetValue(record.Snapshot, out var other) || record.Time > other.Time))
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
