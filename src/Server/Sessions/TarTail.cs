namespace StreamBack.Server.Sessions;

/// <summary>
/// Knows up to where a stream may be let out before it is confirmed, so that it never looks whole: of a tar everything from the last
/// 512 bytes of the latest member contents on is held back, until more contents follow. A stream that breaks off then always ends inside a
/// member, which GNU tar and bsdtar refuse.
/// </summary>
/// <param name="offset">Where in the stream this begins.</param>
/// <param name="contentsEnd">From here on nothing is a member's contents; 0 if the stream is no tar, and nothing need be held back.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class TarTail(long offset, long contentsEnd)
{
    /// <summary>Bytes of a tar's block: of the last contents this much is kept.</summary>
    public const int TarBlock = 512;

    /// <summary>The most that is held back; beyond it a cut inside a header must do.</summary>
    private const long MaxHeld = 4 << 20;

    /// <summary>Whether the stream is a tar.</summary>
    public bool IsTar => contentsEnd > 0;

    /// <summary>Where the stream is.</summary>
    public long Position { get; private set; } = offset;

    /// <summary>Up to where it may be let out; where this began, if nothing is known yet.</summary>
    public long Safe { get; private set; } = offset;

    /// <summary>Whether that is inside a header, which GNU tar takes for the end when it is cut.</summary>
    public bool CutsInsideHeader { get; private set; }

    /// <summary>Bytes of headers came.</summary>
    public void Header(int count) => Position += count;

    /// <summary>Bytes of contents came.</summary>
    /// <param name="count">How many.</param>
    /// <param name="runStart">Where in the stream these contents begin.</param>
    /// <param name="runEnd">Where they end.</param>
    public void Payload(int count, long runStart, long runEnd)
    {
        Position += count;
        if (!IsTar)
            Safe = Position;
        else if (runStart < contentsEnd && Math.Min(Position, runEnd - Math.Min(TarBlock, runEnd - runStart)) is var inside && inside > Safe)
            (Safe, CutsInsideHeader) = (inside, false);
    }

    /// <summary>Lets more out if too much is held back. Headers begin at multiples of 512, so the middle between two of these is inside one.</summary>
    public void Bound()
    {
        if (Position - Safe > MaxHeld)
            (Safe, CutsInsideHeader) = ((Position - (MaxHeld / 2)) / TarBlock * TarBlock + (TarBlock / 2), true);
    }

    /// <summary>All of it may be let out: it is confirmed.</summary>
    public void Confirm() => (Safe, CutsInsideHeader) = (Position, false);
}
