namespace StreamBack.Protocol.Http;

/// <summary>Words that both ends of HTTP must agree on (docs/design/wire-protocol.md).</summary>
public static class Wire
{
    /// <summary>What all addresses begin with.</summary>
    public const string Base = "/api/v1/";

    /// <summary>A server's port if its address names none: not in use by anything well known.</summary>
    public const int DefaultPort = 8420;

    /// <summary>The header that tells the hash of a whole stream (RFC 9530).</summary>
    public const string DigestHeader = "Repr-Digest";

    /// <summary>The header that tells what is particular about a snapshot, joined by <see cref="MarkSeparator"/>.</summary>
    public const string MarksHeader = "StreamBack-Marks";

    /// <summary>The header of a part of a tar that tells what a user should know: lines, percent-encoded.</summary>
    public const string NoticesHeader = "StreamBack-Notices";

    /// <summary>Between marks.</summary>
    public const string MarkSeparator = ", ";

    /// <summary>The media type of a tar.</summary>
    public const string TarType = "application/x-tar";

    /// <summary>The media type of a zip.</summary>
    public const string ZipType = "application/zip";

    /// <summary>The media type of any other stream.</summary>
    public const string RawType = "application/octet-stream";

    /// <summary>The media type of JSON objects, one a line.</summary>
    public const string LinesType = "application/x-ndjson";

    /// <summary>A put session in which the client asks for chunks before it sends them.</summary>
    public const string ChunksMode = "chunks";

    /// <summary>A put session that takes the stream as it is.</summary>
    public const string StreamMode = "stream";

    /// <summary>Bytes of a put session's id, which is random: nobody guesses it.</summary>
    public const int SessionIdBytes = 16;

    /// <summary>Of a catalog: what is at the path.</summary>
    public const string DepthSelf = "0";

    /// <summary>Of a catalog: what is right in the folder.</summary>
    public const string DepthFolder = "1";

    /// <summary>Of a catalog: everything below the folder.</summary>
    public const string DepthBelow = "infinity";

    private const string DigestBegin = "sha-256=:";

    /// <summary>A stream's hash as <see cref="DigestHeader"/> tells it.</summary>
    /// <param name="sha256">64 hex digits.</param>
    public static string Digest(string sha256) => $"{DigestBegin}{Convert.ToBase64String(Convert.FromHexString(sha256))}:";

    /// <summary>Reads what <see cref="Digest"/> made: 64 hex digits, or null if it is none.</summary>
    public static string? ReadDigest(string header)
    {
        Span<byte> hash = stackalloc byte[ObjectId.Size];
        return header.StartsWith(DigestBegin, StringComparison.Ordinal) && header.EndsWith(':')
            && Convert.TryFromBase64String(header[DigestBegin.Length..^1], hash, out var length) && length == hash.Length
            ? Convert.ToHexStringLower(hash)
            : null;
    }
}
