namespace StreamBack.Protocol.Catalogs;

/// <summary>The view of a tar, by its catalog.</summary>
/// <param name="catalog">Looked into.</param>
/// <param name="owned">Ends with it.</param>
/// <remarks>Threading: as the catalog's bytes.</remarks>
public sealed class CatalogTree(CatalogReader catalog, IDisposable owned) : ISnapshotTree
{
    /// <inheritdoc/>
    public CatalogEntry? Find(byte[] path) => At(path).LastOrDefault() ?? (path.Length == 0 ? new CatalogEntry { Path = [], IsFolder = true } : null);

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> At(byte[] path) => catalog.From(MemberPath.Key(path)).TakeWhile(entry => entry.Path.AsSpan().SequenceEqual(path));

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Folder(byte[] path, bool all) => Seen(In(path), all);

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Below(byte[] path, bool all) =>
        Seen(path.Length == 0 ? catalog.From([0]) : In(path).Concat(FoldersBelow(path)), all);

    /// <inheritdoc/>
    /// <remarks>Of one path all members are taken, or none.</remarks>
    public IEnumerable<CatalogEntry> Where(PathFilter filter) => Seen(catalog.From([0], filter), all: false);

    /// <inheritdoc/>
    public void Dispose() => owned.Dispose();

    private IEnumerable<CatalogEntry> In(byte[] path) =>
        catalog.From([.. path, 0]).TakeWhile(entry => MemberPath.Folder(entry.Path).SequenceEqual(path) && entry.Path.Length > 0);

    private IEnumerable<CatalogEntry> FoldersBelow(byte[] path)
    {
        byte[] beginning = [.. path, (byte)'/'];
        return catalog.From(beginning).TakeWhile(entry => entry.Path.AsSpan().StartsWith(beginning));
    }

    private static IEnumerable<CatalogEntry> Seen(IEnumerable<CatalogEntry> entries, bool all)
    {
        CatalogEntry? before = null;
        foreach (var entry in entries)
        {
            if (before is not null && (all || !before.Path.AsSpan().SequenceEqual(entry.Path)))
                yield return before;
            before = entry;
        }

        if (before is not null)
            yield return before;
    }
}
