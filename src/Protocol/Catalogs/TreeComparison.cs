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
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/> if it is in neither, and errors of the trees: while they are read.</exception>
    public static IEnumerable<TreeChange> Compare(ISnapshotTree from, ISnapshotTree to, byte[] path)
    {
        var (oldRoot, newRoot) = (from.Find(path), to.Find(path));
        if (oldRoot is null && newRoot is null)
            throw new RepositoryException(ErrorCode.NotFound, "The path is in neither snapshot");
        if (Change(from, oldRoot, to, newRoot) is { } change)
            yield return change;
        foreach (var below in CompareBelow(from, to, path))
            yield return below;
    }

    private static IEnumerable<TreeChange> CompareBelow(ISnapshotTree from, ISnapshotTree to, byte[] path)
    {
        using var olds = from.Below(path, all: false).GetEnumerator();
        using var news = to.Below(path, all: false).GetEnumerator();
        var (old, @new) = (Next(olds), Next(news));
        while (old is not null || @new is not null)
        {
            var order = old is null ? 1 : @new is null ? -1 : MemberPath.Compare(old.Path, @new.Path);
            if (Change(from, order <= 0 ? old : null, to, order >= 0 ? @new : null) is { } change)
                yield return change;
            if (order <= 0)
                old = Next(olds);
            if (order >= 0)
                @new = Next(news);
        }
    }

    private static TreeChange? Change(ISnapshotTree from, CatalogEntry? old, ISnapshotTree to, CatalogEntry? @new)
    {
        if (old is null && @new is null)
            return null;
        if (@new is null)
            return TreeChange.Of(ChangeKinds.Removed, Extracted(from, old!));
        if (old is null)
            return TreeChange.Of(ChangeKinds.Added, Extracted(to, @new));
        var (was, @is) = (Extracted(from, old), Extracted(to, @new));
        var fields = MemberComparison.Compare(was, @is);
        return fields == MemberFields.None ? null : TreeChange.Of(fields, was, @is);
    }

    // A hard link and what it leads to are one file.
    private static CatalogEntry Extracted(ISnapshotTree tree, CatalogEntry entry) =>
        HardLinks.IsLink(entry) && HardLinks.Follow(tree, entry) is { } target ? target with { Path = entry.Path } : entry;

    private static CatalogEntry? Next(IEnumerator<CatalogEntry> entries) => entries.MoveNext() ? entries.Current : null;
}
