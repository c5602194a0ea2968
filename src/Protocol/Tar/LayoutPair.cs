namespace StreamBack.Protocol.Tar;

/// <summary>
/// How a tar's header stream and payload stream interleave: pairs of LEB128 numbers, so many bytes of header, then so
/// many of payload. Format: 6.1; do not change.
/// </summary>
public static class LayoutPair
{
    /// <summary>Bytes of a pair at the most: two numbers of 64 bits, seven in a byte.</summary>
    public const int MaxSize = 2 * Varint.MaxSize;

    /// <summary>Writes a pair.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, long header, long payload)
    {
        var at = Varint.Write(destination, (ulong)header);
        return at + Varint.Write(destination[at..], (ulong)payload);
    }
}
