using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What a browser may do without a token: by a cookie, or by an address that is made for it. The page itself is tested in a browser.</summary>
public sealed class SignInTests : IAsyncLifetime
{
    private readonly ServerFixture fixture = new();

    public Task InitializeAsync() => fixture.InitializeAsync();

    public Task DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public void The_page_is_for_anyone_and_may_do_little()
    {
        foreach (var (address, type) in new[] { ("/", "text/html; charset=utf-8"), ("/page.js", "text/javascript; charset=utf-8"), ("/page.css", "text/css; charset=utf-8"), ("/icon.svg", "image/svg+xml") })
        {
            var answer = Say($"GET {address}", "");
            Assert.Equal((200, type, "nosniff"), (answer.Status, answer.Header("Content-Type"), answer.Header("X-Content-Type-Options")));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", answer.Header("Content-Security-Policy")!, StringComparison.Ordinal);
            Assert.DoesNotContain("http://", answer.Text.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.DoesNotContain("https://", answer.Text, StringComparison.Ordinal);
            Assert.Equal(304, Say($"GET {address}", $"If-None-Match: {answer.Header("ETag")}\r\n").Status);
        }

        Assert.Equal(404, Say("GET /page", "").Status);
        Assert.StartsWith("{\"code\":\"usage\"", Say("POST /", "Content-Length: 0\r\n").Text, StringComparison.Ordinal);
        Assert.StartsWith("{\"code\":\"not-found\"", Say("GET /page", "").Text, StringComparison.Ordinal);
        Assert.Equal(405, Say("POST /", "Content-Length: 0\r\n").Status);
    }

    [Fact]
    public void A_cookie_reads_and_no_more()
    {
        var cookie = SignIn();
        foreach (var line in new[] { "GET /api/v1/repository", "GET /api/v1/snapshots", "HEAD /api/v1/snapshots/seed@latest", "GET /api/v1/snapshots/seed@latest/catalog", "GET /api/v1/snapshots/seed@latest/member?path=stream" })
            Assert.Equal(200, Say(line, cookie).Status);
        foreach (var line in new[] { "PUT /api/v1/snapshots/x", "POST /api/v1/check", "POST /api/v1/snapshots/seed@latest/tags", "POST /api/v1/sessions?name=x&mode=stream", "POST /api/v1/sign-in", "PROPFIND /dav/" })
            Assert.Equal(401, Say(line, cookie + "Content-Length: 2\r\n", "{}").Status);
        Assert.Equal(401, Say("GET /api/v1/snapshots", $"Cookie: streamback-{fixture.Server.Port}=none\r\n").Status);
        Assert.Equal(401, Say("GET /api/v1/snapshots", cookie + "Authorization: Bearer none\r\n").Status);
        Assert.Equal(204, Say("POST /api/v1/sign-out", cookie + "Content-Length: 0\r\n").Status);
        Assert.Equal(401, Say("GET /api/v1/snapshots", cookie).Status);
        fixture.AssertWell();
    }

    [Fact]
    public async Task It_stands_for_the_token_and_ends_with_it()
    {
        var token = await ServerProcess.Token(fixture.Home, "guest", "list", "web1/");
        var cookie = SignIn(token);
        Assert.Equal(200, Say("GET /api/v1/snapshots", cookie).Status);
        Assert.Equal(403, Say("GET /api/v1/snapshots/seed@latest", cookie).Status);
        (await fixture.Home.Run("token", "revoke", "guest")).Succeeded();
        Assert.Equal(401, Say("GET /api/v1/snapshots", cookie).Status);
    }

    [Fact]
    public void Nobody_signs_in_without_a_token_or_from_elsewhere()
    {
        Assert.Equal(401, Say("POST /api/v1/sign-in", "Content-Length: 0\r\n").Status);
        Assert.Equal(401, Say("POST /api/v1/sign-in", "Authorization: Bearer none\r\nContent-Length: 0\r\n").Status);
        foreach (var origin in new[] { "https://evil.example", "null", "http://127.0.0.1:1", "x" })
        {
            Assert.Equal(403, Say("POST /api/v1/sign-in", $"Origin: {origin}\r\nAuthorization: Bearer {fixture.Token}\r\nContent-Length: 0\r\n").Status);
            Assert.Equal(403, Say("PUT /api/v1/snapshots/x", $"Origin: {origin}\r\nAuthorization: Bearer {fixture.Token}\r\nContent-Length: 1\r\n", "x").Status);
            Assert.Equal(200, Say("GET /api/v1/snapshots", $"Origin: {origin}\r\nAuthorization: Bearer {fixture.Token}\r\n").Status);
            Assert.Equal(403, Say("POST /api/v1/sign-out", $"Origin: {origin}\r\nContent-Length: 0\r\n").Status);
        }

        Assert.Equal(204, Say("POST /api/v1/sign-in", $"Origin: http://127.0.0.1\r\nAuthorization: Bearer {fixture.Token}\r\nContent-Length: 0\r\n").Status);
        fixture.AssertWell();
    }

    [Fact]
    public async Task A_ticket_is_for_one_address()
    {
        var cookie = SignIn();
        var address = TicketFor("/api/v1/snapshots/seed@latest", cookie);
        Assert.Equal([1, 2, 3, 4], Say($"GET {address}", "").Body);
        Assert.Equal(200, Say($"HEAD {address}", "").Status);
        foreach (var line in new[] { $"GET {address}x", $"GET {address[..^1]}", $"GET {address.Replace("seed", "other", StringComparison.Ordinal)}", $"GET {address.Replace("?ticket", "/info?ticket", StringComparison.Ordinal)}", $"GET {address.Replace("ticket=", "ticket=9", StringComparison.Ordinal)}", $"DELETE {address}" })
            Assert.NotEqual(200, Say(line, "").Status);
        Assert.Equal(401, Say($"POST {address.Replace("?ticket", "/tags?ticket", StringComparison.Ordinal)}", "Content-Length: 2\r\n", "{}").Status);
        foreach (var other in new[] { "", "/metrics", "/api/v1/snapshots", "https://evil.example/api/v1/snapshots/seed@latest", "//evil.example" })
            Assert.Equal(400, Say($"GET /api/v1/ticket?for={Uri.EscapeDataString(other)}", cookie).Status);
        Assert.Equal(401, Say("GET /api/v1/ticket?for=%2Fapi%2Fv1%2Fsnapshots%2Fseed%40latest", "").Status);

        // It gives no more than its token may.
        var lister = SignIn(await fixture.TokenFor("list", null));
        Assert.Equal(403, Say($"GET {TicketFor("/api/v1/snapshots/seed@latest", lister)}", "").Status);
        fixture.AssertWell();
    }

    private string SignIn(string? token = null)
    {
        var answer = Say("POST /api/v1/sign-in", $"Authorization: Bearer {token ?? fixture.Token}\r\nContent-Length: 0\r\n");
        var cookie = answer.Header("Set-Cookie")!;
        Assert.Equal(204, answer.Status);
        foreach (var rule in new[] { "httponly", "samesite=strict", "path=/", "max-age=" })
            Assert.Contains(rule, cookie, StringComparison.OrdinalIgnoreCase);
        return $"Cookie: {cookie.Split(';')[0]}\r\n";
    }

    private string TicketFor(string address, string cookie) =>
        JsonDocument.Parse(Say($"GET /api/v1/ticket?for={Uri.EscapeDataString(address)}", cookie).Text).RootElement.GetProperty("url").GetString()!;

    private RawAnswer Say(string line, string headers, string body = "")
    {
        using var connection = new RawConnection(fixture.Server);
        return connection.Say($"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n{body}").Hear(toHead: line.StartsWith("HEAD", StringComparison.Ordinal))!;
    }
}
