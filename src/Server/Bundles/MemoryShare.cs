namespace StreamBack.Server.Bundles;

/// <summary>
/// How much memory a put or a get may take for what only makes it faster: the more of them run at once in a process, the less each, so
/// that a server's memory does not grow with them as if each were alone (docs/decisions/0008).
/// </summary>
/// <remarks>Threading: any.</remarks>
internal static class MemoryShare
{
    /// <summary>
    /// Sessions that a server counts at least, since what a put once took stays. More would leave each less than six frames of its own:
    /// with four, releases of a program take a twentieth more (docs/decisions/0008).
    /// </summary>
    private const int LeastOfServer = 8;

    private static int sessions;
    private static int least = 1;

    /// <summary>Puts, gets and checks that share this process.</summary>
    public static int Sessions => Math.Max(Volatile.Read(ref least), Volatile.Read(ref sessions));

    /// <summary>From now on this process is a server's.</summary>
    public static void Serve() => Volatile.Write(ref least, LeastOfServer);

    /// <summary>One begins.</summary>
    public static void Enter() => Interlocked.Increment(ref sessions);

    /// <summary>One ends.</summary>
    public static void Leave() => Interlocked.Decrement(ref sessions);

    /// <summary>A session's share, as it is now.</summary>
    /// <param name="alone">What one takes that runs alone.</param>
    /// <param name="least">What each needs so as not to crawl.</param>
    public static int Of(int alone, int least) => Math.Max(Math.Min(alone, least), alone / Sessions);
}
