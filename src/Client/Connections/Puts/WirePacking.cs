namespace StreamBack.Client.Connections.Puts;

/// <summary>
/// Whether what goes over the wire is compressed: on a link that is slower than compression it is, on one within a machine
/// it would only take the time. Requests tell: the link is slow where two in a row were, or one that was long and very slow, and the server
/// waited for their bytes instead of working on them; it is fast again where three in a row were not.
/// </summary>
/// <remarks>
/// A link with room for a megabyte, as most have, looks fast to the first requests, which are small; so the next ones grow as a
/// connection of TCP does, and what goes uncompressed before a slow link is found out is a few times its room.
/// </remarks>
internal sealed class WirePacking
{
    /// <summary>Bytes a second: above it the link is not what the put waits for (zstd 1 makes 400 MB/s on one core; gigabit is 117 MB/s).</summary>
    private const double FastLink = 150e6;

    /// <summary>Bytes a second: below it there is time to make them fewer (zstd 3 makes 225 MB/s of them on one core, from three times as many).</summary>
    private const double VerySlowLink = 40e6;

    /// <summary>400 MB/s a core, at nine tenths of the other one's ratio.</summary>
    private const int QuickLevel = 1;

    /// <summary>225 MB/s a core: more than a link below <see cref="VerySlowLink"/> takes.</summary>
    private const int SmallLevel = 3;

    /// <summary>Requests in a row that were held up by the link, and show it to be slow. The first ones are small, so that a slow link does not wait for them.</summary>
    private const int SlowInARow = 2;

    /// <summary>Bytes of a request that finds out.</summary>
    private const int ProbeLength = 1 << 20;

    /// <summary>
    /// Bytes from which on a request tells much: more than links have room for. A shorter one that is not very slow tells nothing: a busy
    /// machine makes such ones.
    /// </summary>
    private const int LongRequest = 3 << 20;

    /// <summary>Bytes below which a request tells nothing but the time of its answer's way.</summary>
    private const int LeastTelling = 512 << 10;

    /// <summary>
    /// Seconds that a request may take: an answer that comes before its end is only heard at its end, since HTTP clients send
    /// everything before they read.
    /// </summary>
    private const double MostSeconds = 2;

    /// <summary>The part of a request's time that a server waits for its bytes, from which on the link is what takes the time.</summary>
    private const double WaitingShare = 0.25;

    /// <summary>Requests in a row that were not held up by the link, and show it to be fast: a server that never waits for what was made short is what takes the time, and so is a client whose bytes leave at once.</summary>
    private const int FastInARow = 3;

    private int told;
    private int slow;
    private int fast;
    private bool isSlow;
    private double last = double.MaxValue;
    private long longest = ProbeLength / 2;

    /// <summary>The zstd level to compress with now; null for not at all.</summary>
    public int? Level => !isSlow ? null : last < VerySlowLink ? SmallLevel : QuickLevel;

    /// <summary>Whether it is known that bytes cost nothing beside the work.</summary>
    public bool IsFast => told >= SlowInARow && !isSlow;

    /// <summary>Bytes that the next request may take.</summary>
    /// <param name="most">Bytes of any other.</param>
    public int Allowance(int most) => (int)Math.Clamp(Math.Min(MostSeconds * last, 2 * longest), ProbeLength, most);

    /// <summary>A request went.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="took">How long it took, its answer included.</param>
    /// <param name="waited">Microseconds of that in which the server waited for its bytes; null if it does not say.</param>
    /// <returns>Whether it has just been found that compression pays.</returns>
    public bool Sent(long length, TimeSpan took, long? waited)
    {
        if (length < LeastTelling)
            return false;
        last = length / took.TotalSeconds;
        longest = Math.Max(longest, length);
        var isWaiting = (waited ?? double.MaxValue) >= WaitingShare * took.TotalMicroseconds;
        var isVerySlow = last < VerySlowLink;
        if (!isWaiting || last >= FastLink)
            (slow, fast) = (0, fast + 1);
        else if (isVerySlow || length >= LongRequest)
            (slow, fast) = (slow + (isVerySlow && length >= LongRequest ? SlowInARow : 1), 0);
        told++;
        var wasSlow = isSlow;
        isSlow = isSlow ? fast < FastInARow : slow >= SlowInARow;
        return isSlow && !wasSlow;
    }
}
