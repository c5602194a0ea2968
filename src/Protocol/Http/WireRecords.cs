namespace StreamBack.Protocol.Http;

/// <summary>What <c>GET /repository</c> tells.</summary>
/// <param name="Id">The repository's id, 32 hex digits.</param>
/// <param name="Version">The server's.</param>
/// <param name="Capabilities">Names of what the one who asks may do.</param>
/// <param name="Prefixes">With which snapshots, as in <see cref="Access"/>; empty for all.</param>
public sealed record RepositoryDescription(string Id, string Version, IReadOnlyList<string> Capabilities, IReadOnlyList<string> Prefixes)
{
    /// <summary>True if the server opens nothing that is stored: whoever holds the full key reads objects.</summary>
    public bool? Sealed { get; init; }

    /// <summary>True if the server has no key, and must be sent a put key first.</summary>
    public bool? NeedsKey { get; init; }
}

/// <summary>Tags to give to a snapshot, and to take from it.</summary>
/// <param name="Add">Null for none.</param>
/// <param name="Remove">Null for none.</param>
public sealed record TagChange(IReadOnlyList<string>? Add = null, IReadOnlyList<string>? Remove = null);

/// <summary>An expected failure.</summary>
/// <param name="Code">The name of an <see cref="ErrorCode"/>.</param>
/// <param name="Message">One line.</param>
public sealed record Failure(string Code, string Message)
{
    /// <summary>A failure as it goes over the wire.</summary>
    public static Failure Of(RepositoryException error) => new(error.Code.Name(), error.Message);

    /// <summary>The failure as it came; a code that is not known is <see cref="ErrorCode.Failed"/>.</summary>
    public RepositoryException ToException() => new(ErrorCodes.Parse(Code) ?? ErrorCode.Failed, Message);
}

/// <summary>A line of a list or of a check that is no snapshot and no report: exactly one member is there.</summary>
/// <param name="Error">What cannot be listed.</param>
/// <param name="End">True on the last line of a list.</param>
/// <param name="Bytes">How far a check is.</param>
public sealed record ControlLine(Failure? Error = null, bool? End = null, long? Bytes = null);

/// <summary>A put session that has begun.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="GearTable">The secret of the rolling hash, for who cuts; null where the server does.</param>
/// <param name="AverageChunk">Bytes: what <see cref="Chunking.ChunkingParameters.ForAverage"/> takes; null where the server cuts.</param>
public sealed record SessionBegun(string Id, byte[]? GearTable = null, int? AverageChunk = null);

/// <summary>How far a put session is.</summary>
/// <param name="Batches">Batches that are there.</param>
/// <param name="Durable">Of those, how many a restart of the server does not undo.</param>
/// <param name="Missing">A bit for each chunk that was asked for, as in <see cref="BitList"/>; null where nothing was.</param>
/// <param name="Committed">True once it is a snapshot: then only the commit is left to be asked for again.</param>
/// <param name="Waited">Microseconds that the server waited for the bytes of the request; null where it took none.</param>
public sealed record SessionState(long Batches, long Durable, byte[]? Missing = null, bool? Committed = null, long? Waited = null);

/// <summary>The end of a put session's stream.</summary>
/// <param name="Length">Bytes of the whole stream.</param>
/// <param name="Sha256">Of the whole stream, 64 hex digits; null only where the server cuts.</param>
/// <param name="Xxh128">XXH3 of 128 bits of the whole stream, 32 hex digits: finds what was lost on the way. Null only if the other is there.</param>
/// <param name="Kind">One of <see cref="SnapshotKinds"/>. This and what follows only from who cuts.</param>
/// <param name="Members">Members of the tar.</param>
/// <param name="RawFrom">Where in a tar nothing is tar any more.</param>
/// <param name="Marks">Those of <see cref="SnapshotMarks"/> that it has.</param>
/// <param name="Command">The command whose output it is.</param>
public sealed record SessionEnd(
    long Length, string? Sha256 = null, string? Xxh128 = null, string? Kind = null, long Members = 0, long? RawFrom = null, IReadOnlyList<string>? Marks = null, IReadOnlyList<string>? Command = null);

/// <summary>A line of a list of stored objects; the last line is <see cref="ControlLine.End"/>.</summary>
/// <param name="Id">64 hex digits.</param>
/// <param name="Length">Bytes.</param>
public sealed record ObjectLine(string Id, long Length);

/// <summary>An address that needs nothing but itself, for a minute.</summary>
/// <param name="Url">Path and query.</param>
public sealed record TicketAddress(string Url);
