using StreamBack.Protocol;

namespace StreamBack.Client.Connections.Gets;

/// <summary>Numbers and bytes out of an answer's body.</summary>
/// <param name="body">The body; not closed.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class AnswerReader(Stream body)
{
    /// <summary>Bytes read at once: what a large pipe takes in a few rounds.</summary>
    private readonly byte[] buffer = new byte[256 << 10];
    private int start;
    private int end;

    /// <summary>Reads a number; null if the body breaks off.</summary>
    /// <exception cref="UnreadableAnswerException">It is none.</exception>
    public ulong? TryReadNumber()
    {
        var number = 0UL;
        for (var at = 0; at < Varint.MaxSize; at++)
        {
            if (start == end && !Fill())
                return null;
            if (Varint.Add(ref number, at, buffer[start++]))
                return number;
        }

        throw new UnreadableAnswerException("a number is none");
    }

    /// <summary>Reads a number of at most so much; null if the body breaks off.</summary>
    /// <exception cref="UnreadableAnswerException">It is none, or more.</exception>
    public int? TryReadNumber(int most) => TryReadNumber() switch
    {
        null => null,
        var number when number <= (ulong)most => (int)number,
        var number => throw new UnreadableAnswerException($"{number} where at most {most} can be"),
    };

    /// <summary>Fills a span; false if the body breaks off before.</summary>
    public bool TryRead(Span<byte> target)
    {
        var count = Math.Min(target.Length, end - start);
        buffer.AsSpan(start, count).CopyTo(target);
        start += count;
        for (target = target[count..]; target.Length > 0; target = target[count..])
        {
            count = Read(target);
            if (count == 0)
                return false;
        }

        return true;
    }

    private bool Fill()
    {
        (start, end) = (0, Read(buffer));
        return end > 0;
    }

    // A body that breaks off ends; whether it should have is told by what it says.
    private int Read(Span<byte> target)
    {
        try
        {
            return body.Read(target);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            return 0;
        }
    }
}
