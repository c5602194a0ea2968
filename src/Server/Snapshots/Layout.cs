using StreamBack.Protocol;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// How a tar's header stream and payload stream interleave: pairs of LEB128 numbers, so many bytes of header, then so
/// many of payload. Format: 6.1; do not change.
/// </summary>
internal static class Layout
{
    /// <summary>Bytes of a pair at the most: two numbers of 64 bits, seven in a byte.</summary>
    public const int MaxPairSize = 20;

    private const int MaxNumberSize = 10;

    /// <summary>Writes a pair.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, long header, long payload)
    {
        var at = WriteNumber(destination, (ulong)header);
        return at + WriteNumber(destination[at..], (ulong)payload);
    }

    /// <summary>Reads a pair; null at the end of the layout.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public static (long Header, long Payload)? Read(StoredStreamReader layout)
    {
        if (layout.Peek().IsEmpty)
            return null;
        return (ReadNumber(layout), ReadNumber(layout));
    }

    private static int WriteNumber(Span<byte> destination, ulong number)
    {
        var at = 0;
        for (; number > 0x7f; number >>= 7)
            destination[at++] = (byte)(number | 0x80);
        destination[at++] = (byte)number;
        return at;
    }

    private static long ReadNumber(StoredStreamReader layout)
    {
        var number = 0UL;
        for (var count = 0; count < MaxNumberSize; count++)
        {
            var bytes = layout.Peek();
            if (bytes.IsEmpty)
                break;
            var next = bytes[0];
            layout.Advance(1);
            number |= (ulong)(next & 0x7f) << (7 * count);
            if (next <= 0x7f)
                return (long)number >= 0 ? (long)number : throw Damaged();
        }

        throw Damaged();
    }

    private static RepositoryException Damaged() => new(ErrorCode.Corrupt, "a layout holds a number that is none");
}
