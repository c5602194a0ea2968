namespace StreamBack.Protocol.Catalogs;

/// <summary>A node beneath another one, as that one says.</summary>
/// <param name="Base">Of its first member.</param>
/// <param name="SubtreeStart">Where in the catalog what is beneath it begins.</param>
/// <param name="Start">Where it is itself.</param>
/// <param name="Length">Its own bytes.</param>
internal readonly record struct CatalogChild(NodeBase Base, long SubtreeStart, long Start, int Length);

/// <summary>A node of a catalog's tree, as it was written. Format: 8.2.</summary>
internal sealed class CatalogNode
{
    private readonly byte[] bytes;
    private readonly CatalogChild place;
    private readonly int bodyAt;
    private readonly long entries;

    /// <param name="bytes">All of it; not copied.</param>
    /// <param name="place">Where it is, as the node above says.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public CatalogNode(byte[] bytes, CatalogChild place)
    {
        (this.bytes, this.place) = (bytes, place);
        var reader = new VarintReader(bytes);
        Level = reader.Byte();
        entries = reader.Count();
        bodyAt = bytes.Length - reader.Rest.Length;
        if (Level > CatalogFormat.MaxLevels || entries == 0 || entries > reader.Rest.Length)
            throw VarintReader.Damaged();
    }

    /// <summary>0 for a leaf.</summary>
    public int Level { get; }

    /// <summary>The nodes beneath it in which there may be a key or what follows it, in order.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>, while they are read.</exception>
    /// <remarks>Not as a list: a node has room for very many that are empty, and one of each level is held.</remarks>
    public IEnumerable<CatalogChild> Children(byte[] from)
    {
        var first = FirstChild(from);
        var (key, at, position, next) = (new KeyBuffer(bytes.Length), place.Base, bodyAt, place.SubtreeStart);
        for (var number = 0L; number < entries; number++)
        {
            var child = ReadChild(key, ref at, ref position, ref next);
            if (number >= first)
                yield return child;
        }
    }

    // Equal keys may begin in the one before the first that begins with the key.
    private long FirstChild(ReadOnlySpan<byte> from)
    {
        var (key, at, position, next, first) = (new KeyBuffer(bytes.Length), place.Base, bodyAt, place.SubtreeStart, 0L);
        for (var number = 0L; number < entries; number++)
        {
            ReadChild(key, ref at, ref position, ref next);
            if (key.Bytes.SequenceCompareTo(from) < 0)
                first = number;
        }

        // So no node is beneath two others, whatever somebody has written.
        return next == place.Start ? first : throw VarintReader.Damaged();
    }

    private CatalogChild ReadChild(KeyBuffer key, ref NodeBase at, ref int position, ref long next)
    {
        var reader = new VarintReader(bytes.AsSpan(position));
        key.Read(ref reader);
        at = ReadBase(ref reader, at);
        var (subtree, length) = (reader.Count(), reader.Count());
        if (length == 0 || length > Math.Min(subtree, CatalogFormat.MaxNodeLength) || subtree > place.Start - next)
            throw VarintReader.Damaged();
        next += subtree;
        position = bytes.Length - reader.Rest.Length;
        return new CatalogChild(at, next - subtree, next - length, (int)length);
    }

    /// <summary>The entries of a leaf from a key on, in order.</summary>
    /// <param name="from">The key.</param>
    /// <param name="filter">Takes some of them; null for all.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>, while they are read.</exception>
    public IEnumerable<CatalogEntry> Entries(byte[] from, PathFilter? filter)
    {
        var (key, expected, at) = (new KeyBuffer(bytes.Length), place.Base, bodyAt);
        for (var number = 0L; number < entries; number++)
        {
            if (ReadEntry(key, from, filter, ref expected, ref at) is { } entry)
                yield return entry;
        }
    }

    private CatalogEntry? ReadEntry(KeyBuffer key, ReadOnlySpan<byte> from, PathFilter? filter, ref NodeBase expected, ref int position)
    {
        var reader = new VarintReader(bytes.AsSpan(position));
        key.Read(ref reader);
        var facts = reader.Text();
        var found = default(MemberPlace);
        if (MemberFacts.IsMember(facts))
        {
            var at = ReadBase(ref reader, expected);
            found = new MemberPlace(at.HeaderOffset, reader.Count(), at.PayloadOffset, reader.Count(), at.Global);
            expected = NodeBase.After(found);
        }

        position = bytes.Length - reader.Rest.Length;
        return key.Bytes.SequenceCompareTo(from) >= 0 && filter?.TakesKey(key.Bytes) != false ? MemberFacts.Read(facts, MemberPath.OfKey(key.Bytes), found) : null;
    }

    private static NodeBase ReadBase(ref VarintReader reader, NodeBase expected) => new(
        expected.HeaderOffset + reader.Signed(), expected.PayloadOffset + reader.Signed(), expected.Global + reader.Signed());

    // Keys one after another, each told by what is different from the one before: together no more bytes than the node.
    private sealed class KeyBuffer(int nodeLength)
    {
        private readonly byte[] bytes = new byte[Math.Min(nodeLength, CatalogFormat.MaxText + 1)];
        private int length;

        public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

        public void Read(ref VarintReader reader)
        {
            var shared = reader.Count();
            var rest = reader.Text();
            if (shared > length || rest.Length > bytes.Length - shared)
                throw VarintReader.Damaged();
            rest.CopyTo(bytes.AsSpan((int)shared));
            length = (int)shared + rest.Length;
        }
    }
}
