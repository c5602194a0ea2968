using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What the log says of requests by nobody: enough to see what was wrong, and never as much as they like.</summary>
public sealed class RequestLogTests : IDisposable
{
    /// <summary>Characters of a line, whatever is asked: path and message, each once in the text and once as a value.</summary>
    private const int LongestLine = 8 << 10;

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task A_request_by_nobody_writes_a_short_line_however_long_it_is()
    {
        var told = await Told(server =>
        {
            foreach (var line in new[] { $"GET /{new string('a', 120_000)}", $"{new string('A', 120_000)} /" })
                Ask(server, line);
        });
        Assert.Contains("aaaaaaaaaaaa", told, StringComparison.Ordinal);
        Assert.All(told.Split('\n'), line => Assert.InRange(line.Length, 0, LongestLine));
    }

    [Fact]
    public async Task What_is_wrong_with_the_tokens_is_in_the_log_and_not_in_the_answer()
    {
        var told = await Told(server =>
        {
            File.WriteAllText(Directory.GetFiles(home.At("state"), "tokens.json", SearchOption.AllDirectories).Single(), "spoilt");
            var answer = Ask(server, "GET /api/v1/snapshots");
            Assert.Equal((500, "{\"code\":\"failed\",\"message\":\"The server cannot tell who asks; its log says why\"}"), (answer!.Status, answer.Text));
        });
        Assert.Contains(home.At("state"), told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_in_a_tar_are_not_in_the_log()
    {
        (await home.Shell("mkdir known-secret; touch known-secret/file; tar c known-secret | streamback put tar --quiet")).Succeeded();
        (await home.Shell("mkdir a; echo > a/secret; ln a/secret a/link; tar cf links.tar a/secret a/link; tar --delete -f links.tar a/secret; streamback put links --quiet < links.tar")).Succeeded();
        var token = await ServerProcess.Token(home, "reader", "get,list");
        var told = await Told(server =>
        {
            Assert.Contains("a/secret", Uri.UnescapeDataString(Ask(server, "GET /api/v1/snapshots/links@latest?path=a", token)!.Header("StreamBack-Notices")!), StringComparison.Ordinal);
            foreach (var name in new[] { "known-secret", "no-secret" })
            {
                foreach (var line in new[]
                {
                    $"GET /dav/tar/@latest/{name}/file", $"PROPFIND /dav/tar/@latest/{name}/", $"GET /api/v1/snapshots/tar@latest/member?path={name}/file", $"GET /api/v1/snapshots/tar@latest?path={name}",
                    $"GET /api/v1/snapshots/tar@latest/zip?path={name}", $"GET /api/v1/snapshots/tar@latest/catalog?path={name}", $"GET /api/v1/diff?from=tar&to=tar&path={name}", $"GET /api/v1/find?pattern={name}",
                })
                    Ask(server, line, token, "Depth: 1\r\n");
            }
        });
        Assert.Contains("/dav/tar/@latest/…", System.Text.RegularExpressions.Regex.Unescape(told.Replace("\\\"", "", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", told, StringComparison.Ordinal);
    }

    private static RawAnswer? Ask(ServerProcess server, string line, string token = "nobody", string headers = "")
    {
        using var connection = new RawConnection(server);
        return connection.Say($"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n{headers}\r\n").Hear();
    }

    private async Task<string> Told(Action<ServerProcess> ask)
    {
        await home.Put("a", [1]);
        await ServerProcess.Token(home, "all", "list");
        using var server = await ServerProcess.Start(home);
        ask(server);
        await server.Signal("TERM");
        return await server.Told;
    }
}
