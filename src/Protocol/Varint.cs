using System.Buffers;
using System.Numerics;

namespace StreamBack.Protocol;

/// <summary>Numbers of seven bits a byte, lowest first (LEB128); signed ones as 0, -1, 1, -2 … Format: 6.1 and 8; do not change.</summary>
public static class Varint
{
    /// <summary>Bytes of a number at the most.</summary>
    public const int MaxSize = 10;

    /// <summary>Writes a number.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> target, ulong number)
    {
        var at = 0;
        for (; number > 0x7f; number >>= 7)
            target[at++] = (byte)(number | 0x80);
        target[at++] = (byte)number;
        return at;
    }

    /// <summary>Writes a number.</summary>
    public static void Write(IBufferWriter<byte> target, ulong number) => target.Advance(Write(target.GetSpan(MaxSize), number));

    /// <summary>Writes a signed number.</summary>
    public static void WriteSigned(IBufferWriter<byte> target, long number) => Write(target, (ulong)((number << 1) ^ (number >> 63)));

    /// <summary>Reads the next byte of a number.</summary>
    /// <param name="number">What came before; 0 at first.</param>
    /// <param name="at">Which byte of the number it is, below <see cref="MaxSize"/>.</param>
    /// <returns>Whether it is the last.</returns>
    public static bool Add(ref ulong number, int at, byte next)
    {
        number |= (ulong)(next & 0x7f) << (7 * at);
        return next <= 0x7f;
    }

    /// <summary>Bytes that a number takes.</summary>
    public static int Size(ulong number) => 1 + (BitOperations.Log2(number | 1) / 7);

    /// <summary>Writes a length, then bytes.</summary>
    public static void WriteText(IBufferWriter<byte> target, ReadOnlySpan<byte> text)
    {
        Write(target, (ulong)text.Length);
        target.Write(text);
    }
}
