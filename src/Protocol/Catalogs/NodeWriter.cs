using System.Buffers;

namespace StreamBack.Protocol.Catalogs;

/// <summary>A node that is being filled. Format: 8.2; do not change.</summary>
/// <param name="level">0 for a leaf.</param>
internal sealed class NodeWriter(int level)
{
    private readonly ArrayBufferWriter<byte> body = new();
    private readonly ArrayBufferWriter<byte> last = new(); // the key before
    private NodeBase? expected;
    private long entries;

    /// <summary>Entries so far.</summary>
    public long Entries => entries;

    /// <summary>Bytes of the nodes beneath it.</summary>
    public long ChildrenLength { get; private set; }

    /// <summary>Its first key, once it has an entry.</summary>
    public byte[] FirstKey { get; private set; } = [];

    /// <summary>Of its first member; null if it has none.</summary>
    public NodeBase? Base { get; private set; }

    /// <summary>Whether it ends in any case. One of the upper ones has two entries at least, so that there are fewer above.</summary>
    public bool IsFull => body.WrittenCount >= CatalogFormat.FullNode && MayEnd;

    /// <summary>Whether it may end here.</summary>
    public bool MayEnd => entries > (level == 0 ? 0 : 1);

    /// <summary>Adds a member to a leaf.</summary>
    public void Add(in SortedRecord record)
    {
        AddKey(record.Key);
        Varint.WriteText(body, record.Facts);
        if (record.IsUnnamed)
            return; // it is nowhere
        var place = record.Place;
        AddBase(NodeBase.Of(place));
        Varint.Write(body, (ulong)place.HeaderLength);
        Varint.Write(body, (ulong)place.PayloadSize);
        expected = NodeBase.After(place);
    }

    /// <summary>Adds the node that was written last to the one above it.</summary>
    /// <param name="child">Written.</param>
    /// <param name="length">Its own bytes.</param>
    public void Add(NodeWriter child, long length)
    {
        AddKey(child.FirstKey);
        AddBase(child.Base);
        Varint.Write(body, (ulong)(child.ChildrenLength + length));
        Varint.Write(body, (ulong)length);
        ChildrenLength += child.ChildrenLength + length;
        expected = child.Base ?? expected;
    }

    /// <summary>Writes it.</summary>
    /// <returns>Its own bytes.</returns>
    public long WriteTo(Action<ReadOnlySpan<byte>> target)
    {
        var head = new ArrayBufferWriter<byte>();
        head.Write([(byte)level]);
        Varint.Write(head, (ulong)entries);
        target(head.WrittenSpan);
        target(body.WrittenSpan);
        return head.WrittenCount + body.WrittenCount;
    }

    private void AddKey(ReadOnlySpan<byte> key)
    {
        if (entries++ == 0)
            FirstKey = key.ToArray();
        var shared = key.CommonPrefixLength(last.WrittenSpan);
        Varint.Write(body, (ulong)shared);
        Varint.WriteText(body, key[shared..]);
        last.ResetWrittenCount();
        last.Write(key);
    }

    // As what is different from what was expected: nothing, for the first one, and where nothing is anywhere.
    private void AddBase(NodeBase? at)
    {
        Base ??= at;
        expected ??= at;
        var (from, to) = (expected ?? default, at ?? expected ?? default);
        Varint.WriteSigned(body, to.HeaderOffset - from.HeaderOffset);
        Varint.WriteSigned(body, to.PayloadOffset - from.PayloadOffset);
        Varint.WriteSigned(body, to.Global - from.Global);
    }
}
