using System.Buffers.Binary;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// Names a chunk by its content: HMAC-SHA-256(repository secret, SHA-256(chunk)), see <see cref="ChunkHasher"/>.
/// Ids are uniformly distributed, so any of their bits serve as a hash code.
/// </summary>
/// <param name="A">Bytes 0 to 7, big-endian: comparing the numbers compares the bytes.</param>
/// <param name="B">Bytes 8 to 15.</param>
/// <param name="C">Bytes 16 to 23.</param>
/// <param name="D">Bytes 24 to 31.</param>
public readonly record struct ChunkId(ulong A, ulong B, ulong C, ulong D) : IComparable<ChunkId>
{
    /// <summary>Bytes of an id.</summary>
    public const int Length = 32;

    /// <param name="bytes">At least <see cref="Length"/> bytes, the first of which are the id.</param>
    public ChunkId(ReadOnlySpan<byte> bytes)
        : this(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]))
    {
    }

    /// <summary>Writes the id to the first <see cref="Length"/> bytes of <paramref name="destination"/>.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, A);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], D);
    }

    /// <summary>In the order of the bytes.</summary>
    public int CompareTo(ChunkId other) =>
        A != other.A ? A.CompareTo(other.A)
        : B != other.B ? B.CompareTo(other.B)
        : C != other.C ? C.CompareTo(other.C)
        : D.CompareTo(other.D);

    public override int GetHashCode() => (int)(A >> 32);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => $"{A:x16}{B:x16}{C:x16}{D:x16}";

    public static bool operator <(ChunkId left, ChunkId right) => left.CompareTo(right) < 0;

    public static bool operator >(ChunkId left, ChunkId right) => left.CompareTo(right) > 0;

    public static bool operator <=(ChunkId left, ChunkId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ChunkId left, ChunkId right) => left.CompareTo(right) >= 0;
}
