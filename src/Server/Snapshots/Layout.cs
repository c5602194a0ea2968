using StreamBack.Protocol;
using StreamBack.Protocol.Tar;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// Reads how a tar's header stream and payload stream interleave: a sequence of <see cref="LayoutPair"/>. Format: 6.1.
/// </summary>
internal static class Layout
{
    private const int MaxNumberSize = LayoutPair.MaxSize / 2;

    /// <summary>Reads a pair; null at the end of the layout.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public static (long Header, long Payload)? Read(StoredStreamReader layout)
    {
        if (layout.Peek().Length == 0)
            return null;
        return (ReadNumber(layout), ReadNumber(layout));
    }

    private static long ReadNumber(StoredStreamReader layout)
    {
        var number = 0UL;
        for (var count = 0; count < MaxNumberSize; count++)
        {
            var bytes = layout.Peek().Span;
            if (bytes.IsEmpty)
                break;
            var next = bytes[0];
            layout.Advance(1);
            if (Varint.Add(ref number, count, next))
                return (long)number >= 0 ? (long)number : throw Damaged();
        }

        throw Damaged();
    }

    private static RepositoryException Damaged() => new(ErrorCode.Corrupt, "a layout holds a number that is none");
}
