using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>All removal records of a repository.</summary>
/// <remarks>Threading: any. Records never change, so each is read once. Memory: 300 bytes a record.</remarks>
internal sealed class RemovalList(IFileStore store, RepositoryKeys keys)
{
    private readonly ReadOnce<RemovalPart> records = new(() => store.List(FileKind.Removal), id => PartFiles.Removal.TryRead(store, keys, id), _ => true);

    /// <summary>Whether a record could be read when they were listed last.</summary>
    public bool IsRead(ObjectId record) => records.IsKnown(record);

    /// <summary>The ids of those that somebody removed and nobody took back, as far as records can be read.</summary>
    public IEnumerable<string> Removed() => Newest(_ => { }).Values.Where(record => !record.IsUndelete).Select(record => record.Snapshot);

    /// <summary>The same as <see cref="Newest"/>, for who goes by them.</summary>
    /// <exception cref="RepositoryException">As a record says that cannot be read: it may be the newest.</exception>
    public Dictionary<string, RemovalPart> Certain() => Newest(error => throw new RepositoryException(
        error.Code, error.Code == ErrorCode.Corrupt ? $"{error.Message}: it is damaged, and nothing is removed or taken back until streamback check --repair has mended it" : error.Message));

    /// <summary>The newest record of each snapshot of which there are any, by its id.</summary>
    /// <param name="damaged">Told of each record that cannot be read.</param>
    public Dictionary<string, RemovalPart> Newest(Action<RepositoryException> damaged)
    {
        var newest = new Dictionary<string, RemovalPart>();
        foreach (var (_, removal) in records.Read(damaged).OrderBy(record => record.Value.Time).ThenBy(record => record.Id))
            newest[removal.Snapshot] = removal;
        return newest;
    }
}
