namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// Writes sorted members as a tree: each node behind those beneath it, the root last. Nodes end where keys tell, so that what
/// changes in one place changes the nodes around it and no others. Memory: a node a level. Format: 8.
/// </summary>
/// <remarks>Threading: one thread.</remarks>
/// <param name="target">Takes the bytes in order.</param>
internal sealed class CatalogWriter(Action<ReadOnlySpan<byte>> target)
{
    private readonly List<NodeWriter> levels = [new NodeWriter(0)];
    private long entries;
    private CatalogRoot root;

    /// <summary>Adds the next member.</summary>
    public void Add(in SortedRecord record)
    {
        entries++;
        levels[0].Add(record);
        var ended = CatalogFormat.LevelsEnded(record.Key);
        for (var level = 0; level < levels.Count && (levels[level].IsFull || (level < ended && levels[level].MayEnd)); level++)
            End(level);
    }

    /// <summary>Writes the rest, and where the root is.</summary>
    public void Finish()
    {
        for (var level = 0; level < levels.Count - 1; level++)
        {
            if (levels[level].Entries > 0)
                End(level);
        }

        // The only child of a root was written last: it can be the root itself.
        if (levels[^1].Entries > 1 || (levels.Count == 1 && entries > 0))
            End(levels.Count - 1);
        Span<byte> trailer = stackalloc byte[CatalogFormat.TrailerLength];
        CatalogFormat.WriteTrailer(trailer, root with { Entries = entries });
        target(trailer);
    }

    private void End(int level)
    {
        var node = levels[level];
        var length = node.WriteTo(target);
        root = new CatalogRoot(0, node.Base ?? default, length);
        levels[level] = new NodeWriter(level);
        if (levels.Count == level + 1)
            levels.Add(new NodeWriter(level + 1));
        levels[level + 1].Add(node, length);
    }
}
