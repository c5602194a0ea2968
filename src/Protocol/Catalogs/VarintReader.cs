using System.Buffers.Binary;

namespace StreamBack.Protocol.Catalogs;

/// <summary>Reads what <see cref="Varint"/> writes.</summary>
/// <param name="bytes">Not copied.</param>
internal ref struct VarintReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    /// <summary>Whether all has been read.</summary>
    public readonly bool IsAtEnd => rest.IsEmpty;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => rest;

    /// <summary>Reads a number off the start of bytes, if it is all there.</summary>
    public static bool TryNumber(ref ReadOnlySpan<byte> bytes, out ulong number)
    {
        number = 0;
        for (var at = 0; at < Math.Min(bytes.Length, Varint.MaxSize); at++)
        {
            if (!Varint.Add(ref number, at, bytes[at]))
                continue;
            bytes = bytes[(at + 1)..];
            return true;
        }

        return false;
    }

    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public ulong Number() => TryNumber(ref rest, out var number) ? number : throw Damaged();

    public long Signed()
    {
        var number = Number();
        return (long)(number >> 1) ^ -(long)(number & 1);
    }

    /// <summary>A number of bytes, or of something else that there is.</summary>
    public long Count()
    {
        var number = (long)Number();
        return number >= 0 ? number : throw Damaged();
    }

    public byte Byte() => Take(1)[0];

    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>Bytes, after their length.</summary>
    public ReadOnlySpan<byte> Text()
    {
        var length = Count();
        return length <= rest.Length ? Take((int)length) : throw Damaged();
    }

    public static RepositoryException Damaged() => new(ErrorCode.Corrupt, "a catalog holds a number or a length that is none");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
            throw Damaged();
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
