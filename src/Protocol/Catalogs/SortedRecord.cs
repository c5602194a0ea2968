using System.Buffers;

namespace StreamBack.Protocol.Catalogs;

/// <summary>What is sorted: a key, facts and a place, in bytes of its own.</summary>
internal ref struct SortedRecord
{
    private const int Numbers = 5;

    public required ReadOnlySpan<byte> Key { get; init; }

    public required ReadOnlySpan<byte> Facts { get; init; }

    public required MemberPlace Place { get; init; }

    /// <summary>Whether it is a folder that no member names.</summary>
    public readonly bool IsUnnamed => Place.HeaderLength == 0;

    /// <summary>Writes a record so that <see cref="Read"/> finds its end.</summary>
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

    /// <summary>Reads the record at the start of bytes.</summary>
    public static SortedRecord Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new VarintReader(bytes);
        return new SortedRecord
        {
            Key = reader.Text(),
            Facts = reader.Text(),
            Place = new MemberPlace(reader.Count(), reader.Count(), reader.Count(), reader.Count(), reader.Count()),
        };
    }

    /// <summary>Bytes of the record at the start of bytes; 0 if it is not all there.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        for (var text = 0; text < 2; text++)
        {
            if (!VarintReader.TryNumber(ref rest, out var length) || length > (ulong)rest.Length)
                return 0;
            rest = rest[(int)length..];
        }

        for (var number = 0; number < Numbers; number++)
        {
            if (!VarintReader.TryNumber(ref rest, out _))
                return 0;
        }

        return bytes.Length - rest.Length;
    }

    /// <summary>By key, then by place: a folder that no member names, which has none, comes first.</summary>
    public static int Compare(in SortedRecord left, in SortedRecord right)
    {
        var order = left.Key.SequenceCompareTo(right.Key);
        return order != 0 ? order : left.Place.HeaderOffset.CompareTo(right.Place.HeaderOffset);
    }
}
