namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// Compares two snapshots as what is extracted of them: contents, type, mode, owner, times, attributes of every path; of hard links what
/// they lead to. docs/design/catalog.md, 6.
/// </summary>
/// <remarks>Memory: a node or two of each tree.</remarks>
public static class TreeComparison
{
    /// <summary>What is not the same, in the order of the catalogs.</summary>
    /// <param name="from">The earlier tree.</param>
    /// <param name="to">The later tree.</param>
    /// <param name="path">Clean: it and all below it.</param>
    /// <param name="areAlike">Reads and compares the contents of two files of the same size, of which one is stored with its holes and the other without: their hashes tell nothing.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/> if it is in neither, and errors of the trees: while they are read.</exception>
    public static IEnumerable<TreeChange> Compare(ISnapshotTree from, ISnapshotTree to, byte[] path, Func<CatalogEntry, CatalogEntry, bool> areAlike)
    {
        var (olds, news) = (new HardLinks(from), new HardLinks(to));
        var (oldRoot, newRoot) = (from.Find(path), to.Find(path));
        if (oldRoot is null && newRoot is null)
            throw new RepositoryException(ErrorCode.NotFound, $"'{MemberPath.Text(path)}' is in neither snapshot");
        if (Change(olds, oldRoot, news, newRoot, areAlike) is { } change)
            yield return change;
        foreach (var below in Merge(from.Below(path, all: false), to.Below(path, all: false), (old, @new) => Change(olds, old, news, @new, areAlike)))
            yield return below;
    }

    private static IEnumerable<TreeChange> Merge(IEnumerable<CatalogEntry> from, IEnumerable<CatalogEntry> to, Func<CatalogEntry?, CatalogEntry?, TreeChange?> compare)
    {
        using var olds = from.GetEnumerator();
        using var news = to.GetEnumerator();
        var (old, @new) = (Next(olds), Next(news));
        while (old is not null || @new is not null)
        {
            var order = old is null ? 1 : @new is null ? -1 : MemberPath.Compare(old.Path, @new.Path);
            if (compare(order <= 0 ? old : null, order >= 0 ? @new : null) is { } change)
                yield return change;
            if (order <= 0)
                old = Next(olds);
            if (order >= 0)
                @new = Next(news);
        }
    }

    private static TreeChange? Change(HardLinks olds, CatalogEntry? old, HardLinks news, CatalogEntry? @new, Func<CatalogEntry, CatalogEntry, bool> areAlike)
    {
        if (old is null && @new is null)
            return null;
        if (@new is null)
            return TreeChange.Of(ChangeKinds.Removed, olds.Extracted(old!));
        if (old is null)
            return TreeChange.Of(ChangeKinds.Added, news.Extracted(@new));
        var (was, @is) = (olds.Extracted(old), news.Extracted(@new));
        var fields = MemberComparison.Compare(was, @is);
        if ((fields & (MemberFields.Size | MemberFields.Contents)) == MemberFields.Contents && was.SparseSize is null != @is.SparseSize is null && areAlike(old, @new))
            fields &= ~MemberFields.Contents;
        return fields == MemberFields.None ? null : TreeChange.Of(fields, was, @is);
    }

    private static CatalogEntry? Next(IEnumerator<CatalogEntry> entries) => entries.MoveNext() ? entries.Current : null;
}
