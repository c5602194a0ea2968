using StreamBack.Protocol.Catalogs;

namespace StreamBack.Server.Serving;

/// <summary>A view whose reads can be cancelled, and whose I/O errors come out as ours, whenever they happen.</summary>
/// <param name="tree">Owned.</param>
/// <param name="cancellation">Ends an enumeration.</param>
internal sealed class ServedTree(ISnapshotTree tree, CancellationToken cancellation) : ISnapshotTree
{
    /// <inheritdoc/>
    public CatalogEntry? Find(byte[] path) => IoErrors.Wrap(() =>
    {
        cancellation.ThrowIfCancellationRequested();
        return tree.Find(path);
    });

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> At(byte[] path) => Wrapped(tree.At(path));

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Folder(byte[] path, bool all) => Wrapped(tree.Folder(path, all));

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Below(byte[] path, bool all) => Wrapped(tree.Below(path, all));

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Where(PathFilter filter) => Wrapped(tree.Where(filter));

    /// <inheritdoc/>
    public void Dispose() => tree.Dispose();

    private IEnumerable<CatalogEntry> Wrapped(IEnumerable<CatalogEntry> entries)
    {
        using var one = entries.GetEnumerator();
        while (IoErrors.Wrap(one.MoveNext))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return one.Current;
        }
    }
}
