using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>
/// Requests that are wrong or ambiguous as HTTP, each by its own socket: refused, or answered by closing; nothing is kept, and the
/// server goes on.
/// </summary>
public sealed class HostileRequestTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    /// <summary>Enough for an answer on a busy machine; only a request that never ends waits for all of it.</summary>
    private const int AnswersWithin = 20_000;

    /// <summary>What an answer would have come in, where none is expected until the request goes on.</summary>
    private const int Silence = 300;

    private const string Put = "PUT /api/v1/snapshots/x HTTP/1.1\r\n";
    private const string Chunked = "Transfer-Encoding: chunked\r\n";

    /// <summary>Stands for closing without an answer.</summary>
    private const int Closed = 0;

    public static TheoryData<string, int> Requests => new()
    {
        // Two lengths, no length, lengths that are none.
        { Put + "{head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy", 400 },
        { Put + "{head}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 1, 1\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 6\r\n" + Chunked + "\r\n1\r\nx\r\n0\r\n\r\n", 400 },
        { Put + "{head}" + Chunked + "Content-Length: 11\r\n\r\n1\r\nx\r\n0\r\n\r\n", 400 },
        { Put + "{head}Content-Length: -1\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 0x1\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 1x\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: \r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 99999999999999999999\r\n\r\nx", 400 },
        { Put + "{head}\r\nx", 422 },
        { "PUT /api/v1/snapshots/x HTTP/1.0\r\n{head}\r\nx", 400 },

        // Codings beneath or beside chunked; parts of streams.
        { Put + "{head}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 501 },
        { Put + "{head}Transfer-Encoding: chunked, identity\r\n\r\n1\r\nx\r\n0\r\n\r\n", 400 },
        { Put + "{head}Transfer-Encoding: xchunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 400 },
        { Put + "{head}Transfer-Encoding : chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 400 },
        { Put + "{head}Transfer-Encoding: \vchunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 400 },
        { Put + "{head}" + Chunked + Chunked + "\r\n1\r\nx\r\n0\r\n\r\n", 501 },
        { Put + "{head}Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 501 },
        { Put + "{head}Content-Range: bytes 1-1/2\r\nContent-Length: 1\r\n\r\nx", 400 },

        // Chunks that are none.
        { Put + "{head}" + Chunked + "\r\nzz\r\nx\r\n0\r\n\r\n", 422 },
        { Put + "{head}" + Chunked + "\r\n-1\r\nx\r\n0\r\n\r\n", 422 },
        { Put + "{head}" + Chunked + "\r\n0x1\r\nx\r\n0\r\n\r\n", 422 },
        { Put + "{head}" + Chunked + "\r\n1 \r\nx\r\n0\r\n\r\n", 422 },
        { Put + "{head}" + Chunked + "\r\n1\r\nxx\r\n0\r\n\r\n", 422 },
        { Put + "{head}" + Chunked + "\r\n1\nx\n0\n\n", 422 },
        { Put + "{head}" + Chunked + "\r\n1;a\nb\r\nx\r\n0\r\n\r\n", 422 },
        { Put + "{head}" + Chunked + "\r\n7fffffffffffffff\r\nx\r\n0\r\n\r\n", 422 },
        { Put + "{head}" + Chunked + "\r\nfffffffffffffffff\r\nx\r\n0\r\n\r\n", 422 },
        { Put + "{head}" + Chunked + "\r\n1\r\nx\r\n0\r\nX: {long}\r\n\r\n", 422 },

        // Lines that end or go on wrongly, headers that are none.
        { "PUT /api/v1/snapshots/x HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nContent-Length: 1\n\nx", 400 },
        { Put + "{head}Content-Length: 1\r\nX: a\r\n b\r\n\r\nx", 400 },
        { Put + "{head} Content-Length: 1\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 1\r\nno colon\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 1\r\n: x\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 1\r\nX: a\0b\r\n\r\nx", 400 },
        { Put + "{head}Content-Length: 1\r\nX: a\rb\r\n\r\nx", 400 },
        { Put + "{head}Host: y\r\nContent-Length: 1\r\n\r\nx", 400 },
        { Put + "Authorization: Bearer {token}\r\nContent-Length: 1\r\n\r\nx", 400 },
        { Put + "Host: x/y@z\r\nAuthorization: Bearer {token}\r\nContent-Length: 1\r\n\r\nx", 400 },
        { Put + "{head}Authorization: Bearer {token}\r\nContent-Length: 1\r\n\r\nx", 401 },

        // Other versions and protocols.
        { "PUT /api/v1/snapshots/x HTTP/0.9\r\n{head}Content-Length: 1\r\n\r\nx", 505 },
        { "PUT /api/v1/snapshots/x HTTP/2.0\r\n{head}Content-Length: 1\r\n\r\nx", 505 },
        { "PUT /api/v1/snapshots/x HTTP/1.1 x\r\n{head}Content-Length: 1\r\n\r\nx", 400 },
        { "GET /api/v1/snapshots\r\n\r\n", 400 },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Closed },
        { "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003", 400 },
        { "{long}{long}", 414 },

        // Targets of other forms.
        { "PUT http://y/api/v1/snapshots/x HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\nx", 400 },
        { "PUT ftp://x/api/v1/snapshots/x HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\nx", 400 },
        { "PUT //x/api/v1/snapshots/x HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\nx", 404 },
        { "PUT api/v1/snapshots/x HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\nx", 400 },
        { "CONNECT x:80 HTTP/1.1\r\n{head}\r\n", 400 },
        { "OPTIONS * HTTP/1.1\r\n{head}\r\n", 404 },
        { "TRACE /api/v1/snapshots HTTP/1.1\r\n{head}\r\n", 405 },
        { "\u00ffUT /api/v1/snapshots/x HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\nx", 400 },

        // Methods are told apart by case.
        { "gEt /healthz HTTP/1.1\r\n{head}\r\n", 501 },
        { "hEAD /api/v1/snapshots/seed@latest HTTP/1.1\r\n{head}\r\n", 501 },
        { "put /api/v1/snapshots/x HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\nx", 501 },

        // Too much: 128 KiB are allowed.
        { "GET /{long} HTTP/1.1\r\n{head}\r\n", 414 },
        { "GET /api/v1/snapshots HTTP/1.1\r\n{head}X: {long}\r\n\r\n", 431 },
        { "GET /api/v1/snapshots HTTP/1.1\r\n{head}{many}\r\n", 431 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task It_is_refused(string request, int status)
    {
        using var connection = new RawConnection(fixture.Server);
        var answer = connection.Say(Fill(request)).Hear(AnswersWithin);
        Assert.Equal(status, answer?.Status ?? Closed);
        Assert.True(answer is not null || connection.IsClosed, "neither an answer nor closed");
        await fixture.AssertNothingKept();
        fixture.AssertWell();
    }

    [Theory]
    [InlineData(Put + "{head}Content-Length: 9223372036854775807\r\n\r\nx")]
    [InlineData(Put + "{head}" + Chunked + "\r\n7ffffff\r\nx")]
    [InlineData(Put + "{head}X: ")]
    [InlineData("PUT /api/v1/snapsh")]
    [InlineData("\r\n\r\n\r\n")]
    [InlineData(Put + "{head}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")]
    public async Task What_never_ends_is_waited_for_and_keeps_nothing(string request)
    {
        using var connection = new RawConnection(fixture.Server);
        Assert.Null(connection.Say(Fill(request)).Hear(Silence));
        Assert.False(connection.IsClosed);
        connection.Finish();
        await fixture.AssertNothingKept();
        fixture.AssertWell();
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n" + Chunked)]
    [InlineData(Chunked + "Content-Length: 5\r\n")]
    public async Task What_is_smuggled_behind_a_second_length_is_no_request(string lengths)
    {
        const string Inner = "PUT /api/v1/snapshots/smuggled HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\nx";
        using var connection = new RawConnection(fixture.Server);
        Assert.Equal(400, connection.Say(Fill(Put + "{head}" + lengths + "\r\n0\r\n\r\n" + Inner)).Hear()?.Status);
        Assert.Null(connection.Hear());
        await fixture.AssertNothingKept();
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{\"add\":[null]}")]
    [InlineData("{\"remove\":[null]}")]
    [InlineData("{\"add\":[1]}")]
    [InlineData("{\"add\":\"x\"}")]
    [InlineData("{\"add\":[\"\\ud800\"]}")]
    [InlineData("{\"add\":[\"\u00ff\"]}")]
    [InlineData("{\"add\":[\"a\\r\\nb\"]}")]
    [InlineData("{\"add\":[\"\"]}")]
    [InlineData("{\"add\":[\"x\"]")]
    [InlineData("{\"add\":[\"{long}\"]}")]
    public void Json_that_is_none_or_too_long_is_400(string body)
    {
        body = Fill(body);
        Assert.Equal(400, fixture.Ask("POST /api/v1/snapshots/seed@latest/tags", $"Content-Length: {body.Length}\r\n", body).Status);
        Assert.Equal(400, fixture.Ask("POST /api/v1/snapshots/seed@latest/tags", Chunked, $"{body.Length:x}\r\n{body}\r\n0\r\n\r\n").Status);
        fixture.AssertWell();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Json_that_is_cut_short_changes_nothing(bool reset)
    {
        const string Body = "{\"add\":[\"cut\"]}";
        for (var cut = 0; cut < Body.Length; cut++)
        {
            using var connection = new RawConnection(fixture.Server);
            connection.Say(Fill("POST /api/v1/snapshots/seed@latest/tags HTTP/1.1\r\n{head}Content-Length: 15\r\n\r\n")).Say(Body[..cut]);
            if (reset)
                connection.Reset();
            else
                connection.Finish();
        }

        Assert.Contains("\"tags\":[]", fixture.Ask("GET /api/v1/snapshots/seed@latest/info").Text, StringComparison.Ordinal);
        await fixture.AssertNothingKept();
        fixture.AssertWell();
    }

    private string Fill(string template) => template
        .Replace("{head}", fixture.Head, StringComparison.Ordinal)
        .Replace("{token}", fixture.Token, StringComparison.Ordinal)
        .Replace("{long}", new string('a', 140_000), StringComparison.Ordinal)
        .Replace("{many}", string.Concat(Enumerable.Range(0, 200).Select(number => $"X-{number}: a\r\n")), StringComparison.Ordinal);
}
