namespace StreamBack.Protocol.Http;

/// <summary>Bits, one after another, the first in the lowest bit of the first byte.</summary>
public sealed class BitList
{
    private readonly List<byte> bytes = [];

    /// <summary>How many bits there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(bool bit)
    {
        if (Count % 8 == 0)
            bytes.Add(0);
        if (bit)
            bytes[^1] |= (byte)(1 << (Count % 8));
        Count++;
    }

    /// <summary>All of them; the last byte's rest is 0.</summary>
    public byte[] ToBytes() => [.. bytes];

    /// <summary>One of the bits that <see cref="ToBytes"/> gave.</summary>
    public static bool Get(ReadOnlySpan<byte> bits, int number) => (bits[number / 8] >> (number % 8) & 1) != 0;
}
