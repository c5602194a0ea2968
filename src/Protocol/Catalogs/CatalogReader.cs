namespace StreamBack.Protocol.Catalogs;

/// <summary>Finds paths in a catalog; reads only the nodes on the way, a few kilobytes each. Format: 8.</summary>
/// <remarks>Threading: as its bytes.</remarks>
public sealed class CatalogReader
{
    private readonly ICatalogBytes bytes;
    private readonly CatalogRoot root;

    /// <param name="bytes">The catalog.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>; <see cref="ErrorCode.Unsupported"/> if its form is not known.</exception>
    public CatalogReader(ICatalogBytes bytes)
    {
        this.bytes = bytes;
        if (bytes.Length < CatalogFormat.TrailerLength)
            throw VarintReader.Damaged();
        Span<byte> trailer = stackalloc byte[CatalogFormat.TrailerLength];
        bytes.Read(bytes.Length - trailer.Length, trailer);
        root = CatalogFormat.ReadTrailer(trailer);
        if (root.NodeLength < 0 || root.NodeLength > Math.Min(bytes.Length - trailer.Length, CatalogFormat.MaxNodeLength))
            throw VarintReader.Damaged();
    }

    /// <summary>Paths in it, each as often as it is in the tar.</summary>
    public long Entries => root.Entries;

    /// <summary>The entries from a key on, by key; those of one key as they are in the tar.</summary>
    /// <param name="key">Of <see cref="MemberPath"/>; empty for all.</param>
    /// <param name="filter">Takes some of them; null for all.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>, while they are read.</exception>
    public IEnumerable<CatalogEntry> From(byte[] key, PathFilter? filter = null)
    {
        var start = bytes.Length - CatalogFormat.TrailerLength - root.NodeLength;
        return root.NodeLength == 0 ? [] : Walk(new CatalogChild(root.Base, 0, start, (int)root.NodeLength), key, filter, CatalogFormat.MaxLevels + 1);
    }

    private IEnumerable<CatalogEntry> Walk(CatalogChild place, byte[] key, PathFilter? filter, int above)
    {
        var node = new byte[place.Length];
        bytes.Read(place.Start, node);
        var read = new CatalogNode(node, place);
        if (read.Level >= above)
            throw VarintReader.Damaged();
        if (read.Level == 0)
        {
            foreach (var entry in Leaf(node, read, key, filter))
                yield return entry;
            yield break;
        }

        foreach (var child in read.Children(key))
        {
            foreach (var entry in Walk(child, key, filter, read.Level))
                yield return entry;
        }
    }

    private static IEnumerable<CatalogEntry> Leaf(byte[] bytes, CatalogNode leaf, byte[] key, PathFilter? filter)
    {
        var node = filter is null ? default : PathFilter.NodeOf(bytes);
        if (filter?.IsBarren(node) == true)
            yield break;
        var any = false;
        foreach (var entry in leaf.Entries(key, filter))
        {
            any = true;
            yield return entry;
        }

        if (!any)
            filter?.NoteBarren(node);
    }
}
