using System.Text;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Requests to every address, and changed copies of them: bits, bytes, words, lines; cut, doubled, swapped, blown up.</summary>
/// <param name="random">Its seed decides everything.</param>
/// <param name="head">The headers that make a request one of somebody who may do everything.</param>
/// <param name="id">Of the snapshot <c>seed</c>.</param>
/// <param name="session">A put session of who may do everything.</param>
internal sealed class RequestMutants(Random random, string head, string id, string session)
{
    /// <summary>A session's id that nobody has.</summary>
    public const string NoSession = "0123456789abcdef0123456789abcdef";

    // Words that parsers trip over.
    private static readonly string[] Words =
    [
        "..", "%2e%2e", "%2F", "%00", "%0d%0a", "//", "\\", "@", "@@", "?", "#", "\r\n", "\n", "\r", "\0", " ", "\t", ":", ";", ",", "=", "&", "\"", "{", "}", "[", "null",
        "-1", "0", "4294967296", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e9", "0x7f", "\u00ff\u00fe", "\u00c0\u00ae", "%ff", "%u0041",
        "chunked", "gzip", "identity", "close", "upgrade", "*", "W/\"x\"", "bytes=0-,0-,-1", "bytes=-1", "latest", "-2147483648", "9999-12-31", "0001-01-01",
        "HTTP/1.1\r\n\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Host: y\r\n",
    ];

    private readonly string[] good =
    [
        .. new[]
        {
            "GET /healthz", "GET /api/v1/late?expect=web1/%3D60&expect=x%3Dnever", "GET /api/v1/checks", $"DELETE /api/v1/objects/index/{id}", "GET /api/v1/repository", "GET /api/v1/stats", "GET /api/v1/snapshots", "GET /api/v1/snapshots?prefix=se", "GET /api/v1/snapshots/seed",
            "GET /api/v1/snapshots/seed@latest", "HEAD /api/v1/snapshots/seed@-1", $"GET /api/v1/snapshots/seed@{id}", "GET /api/v1/snapshots/seed@2026-11-20T12:00Z", "GET /api/v1/snapshots/seed@latest/info",
            "GET /api/v1/snapshots/seed@latest/catalog?path=a&depth=1", "GET /api/v1/find?pattern=x", "GET /api/v1/diff?from=seed&to=seed", $"GET /api/v1/objects/bundle/{id}", "GET /api/v1/objects/manifest",
            "DELETE /api/v1/snapshots/seed@-99", "GET /dav/seed/@latest/a", "OPTIONS /dav/", "PROPFIND /dav/seed/", "GET /metrics", "GET /", $"GET /api/v1/sessions/{session}", $"DELETE /api/v1/sessions/{session}",
        }.Select(line => $"{line} HTTP/1.1\r\n{head}\r\n"),
        $"GET /api/v1/snapshots/seed@{id} HTTP/1.1\r\n{head}Range: bytes=1-2\r\nIf-Range: \"{id}\"\r\nIf-None-Match: \"x\", W/\"y\"\r\n\r\n",
        $"GET /api/v1/snapshots/seed@latest HTTP/1.1\r\n{head}Range: bytes=-2\r\nIf-Match: *\r\nIf-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT\r\n\r\n",
        $"PUT /api/v1/snapshots/web1/etc?dry-run=1&tag=a&tag=b&raw=1&command=tar&command=c&time=2026-01-01&allow=truncated HTTP/1.1\r\n{head}Content-Length: 5\r\n\r\nhello",
        $"PUT /api/v1/snapshots/web1/etc?dry-run=1 HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nTrailer: x\r\n\r\n",
        $"PUT /api/v1/snapshots/web1/etc HTTP/1.1\r\n{head}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
        $"POST /api/v1/snapshots/seed@latest/tags HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: 34\r\n\r\n{{\"add\":[\"a\",\"b\"],\"remove\":[\"c\"]}}\n",
        $"POST /api/v1/check?data=1 HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n",
        $"POST /api/v1/forget HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n{{}}",
        $"PUT /api/v1/objects/bundle/{id} HTTP/1.1\r\n{head}Content-Length: 5\r\n\r\nhello",
        $"POST /api/v1/sessions?name=web1/etc&mode=chunks&dry-run=1 HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n",
        $"POST /api/v1/sessions?name=web1/etc&mode=stream&dry-run=1 HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n",
        $"POST /api/v1/sessions/{session}/records?first=0 HTTP/1.1\r\n{head}Content-Length: 47\r\n\r\n\u0001\u0025\0\0\0\0\u0005\0\0\0aaaaaaaabbbbbbbbccccccccdddddddd\u0007\0\0\0\0",
        $"POST /api/v1/sessions/{session}/commit?first=0 HTTP/1.1\r\n{head}Content-Length: 89\r\n\r\n{{\"sha256\":\"{new string('0', 64)}\",\"length\":5}} ",
    ];

    /// <summary>The next request: now and then one that is good, several of them, or bytes that were never one.</summary>
    public byte[] Next() => random.Next(20) switch
    {
        0 => Encoding.Latin1.GetBytes(Pick(good)),
        1 => Encoding.Latin1.GetBytes(Pick(good) + Change(Pick(good))),
        2 => Noise(random.Next(4000)),
        _ => Encoding.Latin1.GetBytes(Change(Pick(good))),
    };

    private string Change(string request)
    {
        for (var change = random.Next(4); change >= 0; change--)
            request = ChangeOnce(request);
        return request;
    }

    private string ChangeOnce(string request)
    {
        if (request.Length == 0)
            return request;
        var at = random.Next(request.Length);
        var end = Math.Min(request.Length, at + 1 + random.Next(random.Next(2) == 0 ? 8 : 60));
        switch (random.Next(12))
        {
            case 0:
                return request[..at];
            case 1:
                return request[..at] + request[end..];
            case 2:
                return request[..end] + request[at..];
            case 3 or 4 or 5:
                return request[..at] + Pick(Words) + request[at..];
            case 6 or 7:
                return request[..at] + Pick(Words) + request[end..];
            case 8:
                return ChangeLines(request);
            case 9:
                return request[..at] + new string(request[at], random.Next(10) == 0 ? 150_000 : 300) + request[at..];
            case 10:
                return ChangeNumber(request, at);
            default:
                return request[..at] + (char)(request[at] ^ (1 << random.Next(8))) + request[(at + 1)..];
        }
    }

    private string ChangeLines(string request)
    {
        var lines = request.Split("\r\n");
        var (one, other) = (random.Next(lines.Length), random.Next(lines.Length));
        if (random.Next(2) == 0)
            (lines[one], lines[other]) = (lines[other], lines[one]);
        else
            lines[one] += "\r\n" + lines[other];
        return string.Join("\r\n", lines);
    }

    private string ChangeNumber(string request, int from)
    {
        var at = request.AsSpan(from).IndexOfAnyInRange('0', '9') + from;
        if (at < from)
            return request;
        var end = at;
        while (end < request.Length && char.IsAsciiDigit(request[end]))
            end++;
        return request[..at] + random.Next(5) switch { 0 => "0", 1 => "-1", 2 => "2147483648", 3 => "9223372036854775807", _ => random.Next(100).ToString() } + request[end..];
    }

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];

    private byte[] Noise(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
