namespace StreamBack.Client.Connections;

/// <summary>
/// Says when bytes may go, so that they go at a rate: in any span of time at most what the rate gives, and one <see cref="Piece"/>.
/// </summary>
/// <param name="rate">Bytes a second.</param>
/// <param name="time">The clock.</param>
/// <remarks>Threading: one thread. It never waits itself.</remarks>
internal sealed class TokenBucket(long rate, TimeProvider time)
{
    /// <summary>Pieces a second: small bursts leave a shared line to others in between.</summary>
    private const int PiecesPerSecond = 20;

    /// <summary>Fewer bytes at once are mostly headers of packets.</summary>
    private const int LeastPiece = 1 << 10;

    /// <summary>More at once save nothing.</summary>
    private const int MostPiece = 256 << 10;

    private double level;
    private long last = time.GetTimestamp();

    /// <summary>Bytes that may go at once at the most.</summary>
    public int Piece { get; } = (int)Math.Clamp(rate / PiecesPerSecond, LeastPiece, MostPiece);

    /// <summary>Takes the room for bytes.</summary>
    /// <param name="bytes">1 to <see cref="Piece"/>.</param>
    /// <returns>How long to wait until they may go; whole milliseconds, the finest that a thread sleeps.</returns>
    public TimeSpan Take(int bytes)
    {
        var now = time.GetTimestamp();
        level = Math.Min(level + (time.GetElapsedTime(last, now).TotalSeconds * rate), Piece) - bytes;
        last = now;
        return level >= 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(-level * 1000 / rate));
    }
}
