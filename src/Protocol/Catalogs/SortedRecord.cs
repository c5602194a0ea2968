using System.Buffers;

namespace StreamBack.Protocol.Catalogs;

/// <summary>What is sorted: a key, facts and a place.</summary>
internal ref struct SortedRecord
{
    public required ReadOnlySpan<byte> Key { get; init; }

    public required ReadOnlySpan<byte> Facts { get; init; }

    public required MemberPlace Place { get; init; }

    /// <summary>Whether it is a folder that no member names.</summary>
    public readonly bool IsUnnamed => Place.HeaderLength == 0;

    /// <summary>Writes a record so that <see cref="RecordLayout"/> finds its parts.</summary>
    public static void Write(IBufferWriter<byte> target, ReadOnlySpan<byte> key, ReadOnlySpan<byte> facts, in MemberPlace place)
    {
        Varint.WriteText(target, key);
        Varint.WriteText(target, facts);
        Varint.Write(target, (ulong)place.HeaderOffset);
        Varint.Write(target, (ulong)place.HeaderLength);
        Varint.Write(target, (ulong)place.PayloadOffset);
        Varint.Write(target, (ulong)place.PayloadSize);
        Varint.Write(target, (ulong)place.Global);
    }

    /// <summary>By key, then by place: a folder that no member names, which has none, comes first.</summary>
    public static int Compare(ReadOnlySpan<byte> leftKey, long leftOffset, ReadOnlySpan<byte> rightKey, long rightOffset)
    {
        var order = leftKey.SequenceCompareTo(rightKey);
        return order != 0 ? order : leftOffset.CompareTo(rightOffset);
    }
}
