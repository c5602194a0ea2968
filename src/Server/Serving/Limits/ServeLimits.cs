using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Limits;

/// <summary>What a server allows, each with a unit and a reason (docs/design/wire-protocol.md, 10).</summary>
public sealed record ServeLimits
{
    private const int MostConnections = 1 << 16;

    /// <summary>Below it a stream of any size would never end, and a patience would look like a stall.</summary>
    private const long LeastRate = 1 << 10;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>Connections at once; one more is closed. Each is a file, and up to 2 MiB of buffers.</summary>
    public int Connections { get; init; } = 256;

    /// <summary>Puts and gets that run at once, each with memory and files of its own; the others wait for their turn.</summary>
    public int Streams { get; init; } = 64;

    /// <summary>Puts and gets that wait for their turn; one more is refused. With those that run this leaves connections for lists and checks.</summary>
    public int Waiting { get; init; } = 128;

    /// <summary>Bytes of bodies a second on one connection, both ways together; 0 for as many as can be.</summary>
    public long BodyRate { get; init; }

    /// <summary>How long a put or a get may run: ten terabytes at 20 MB/s take six days.</summary>
    public TimeSpan SessionAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a body may stand still, either way, or a stream wait for its turn: a dump that waits for a lock takes minutes; beyond
    /// it the other side is gone, and holds a session's files for nothing.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long running requests may go on after a stop is asked for: a put of some gigabytes gets done.</summary>
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public void EnsureSensible()
    {
        Require(Connections is >= 1 and <= MostConnections, $"connections are 1 to {MostConnections}, not {Connections}");
        Require(Streams >= 1 && Streams <= Connections, $"streams are 1 to the number of connections, {Connections}, not {Streams}");
        Require(Waiting is >= 0 and <= MostConnections, $"waiting streams are 0 to {MostConnections}, not {Waiting}");
        Require(BodyRate is 0 or >= LeastRate, $"the body rate is at least {LeastRate} bytes a second, or 0 for no limit, not {BodyRate}");
        Require(SessionAge >= TimeSpan.FromSeconds(1) && SessionAge <= Longest, $"the session age is 1 second to 365 days, not {SessionAge}");
        Require(Patience >= TimeSpan.FromSeconds(1) && Patience <= TimeSpan.FromDays(1), $"the patience is 1 second to 1 day, not {Patience}");
        Require(StopWithin >= TimeSpan.Zero && StopWithin <= TimeSpan.FromDays(1), $"the time to stop within is 0 seconds to 1 day, not {StopWithin}");
    }

    private static void Require(bool sensible, string rule)
    {
        if (!sensible)
            throw new RepositoryException(ErrorCode.Usage, $"This limit makes no sense: {rule}");
    }
}
