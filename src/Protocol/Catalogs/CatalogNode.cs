namespace StreamBack.Protocol.Catalogs;

/// <summary>A node beneath another one, as that one says.</summary>
/// <param name="FirstKey">Of the first entry in its leaves.</param>
/// <param name="Base">Of its first member.</param>
/// <param name="Start">Where in the catalog it is.</param>
/// <param name="Length">Its own bytes.</param>
internal sealed record CatalogChild(byte[] FirstKey, NodeBase Base, long Start, int Length);

/// <summary>A node of a catalog's tree, as it was written. Format: 8.2.</summary>
internal sealed class CatalogNode
{
    private readonly byte[] bytes;
    private readonly NodeBase first;
    private readonly long start;
    private readonly int bodyAt;
    private readonly long entries;

    /// <param name="bytes">All of it; not copied.</param>
    /// <param name="first">Of its first member.</param>
    /// <param name="start">Where in the catalog it is.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public CatalogNode(byte[] bytes, NodeBase first, long start)
    {
        (this.bytes, this.first, this.start) = (bytes, first, start);
        var reader = new VarintReader(bytes);
        Level = reader.Byte();
        entries = reader.Count();
        bodyAt = bytes.Length - reader.Rest.Length;
        if (Level > CatalogFormat.MaxLevels || entries == 0 || entries > reader.Rest.Length)
            throw VarintReader.Damaged();
    }

    /// <summary>0 for a leaf.</summary>
    public int Level { get; }

    /// <summary>The nodes beneath it, in order.</summary>
    public List<CatalogChild> Children()
    {
        var reader = new VarintReader(bytes.AsSpan(bodyAt));
        List<(byte[] Key, NodeBase Base, long Subtree, int Length)> children = [];
        byte[] key = [];
        var (at, all) = (first, 0L);
        for (var number = 0L; number < entries; number++)
        {
            key = ReadKey(ref reader, key);
            at = ReadBase(ref reader, at);
            var (subtree, length) = (reader.Count(), reader.Count());
            if (length > Math.Min(subtree, CatalogFormat.MaxNodeLength) || subtree > start - all)
                throw VarintReader.Damaged();
            children.Add((key, at, subtree, (int)length));
            all += subtree;
        }

        var end = start - all;
        return [.. children.Select(child => new CatalogChild(child.Key, child.Base, (end += child.Subtree) - child.Length, child.Length))];
    }

    /// <summary>The entries of a leaf from a key on, in order.</summary>
    public List<CatalogEntry> Entries(ReadOnlySpan<byte> from)
    {
        var reader = new VarintReader(bytes.AsSpan(bodyAt));
        List<CatalogEntry> found = [];
        byte[] key = [];
        var expected = first;
        for (var number = 0L; number < entries; number++)
        {
            key = ReadKey(ref reader, key);
            var facts = reader.Text();
            var place = default(MemberPlace);
            if (MemberFacts.IsMember(facts))
            {
                var at = ReadBase(ref reader, expected);
                place = new MemberPlace(at.HeaderOffset, reader.Count(), at.PayloadOffset, reader.Count(), at.Global);
                expected = NodeBase.After(place);
            }

            if (key.AsSpan().SequenceCompareTo(from) >= 0)
                found.Add(MemberFacts.Read(facts, MemberPath.OfKey(key), place));
        }

        return found;
    }

    private static byte[] ReadKey(ref VarintReader reader, byte[] before)
    {
        var shared = reader.Count();
        var rest = reader.Text();
        if (shared > before.Length)
            throw VarintReader.Damaged();
        return [.. before.AsSpan(0, (int)shared), .. rest];
    }

    private static NodeBase ReadBase(ref VarintReader reader, NodeBase expected) => new(
        expected.HeaderOffset + reader.Signed(), expected.PayloadOffset + reader.Signed(), expected.Global + reader.Signed());
}
