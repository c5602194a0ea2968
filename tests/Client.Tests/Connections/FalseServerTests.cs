using StreamBack.Client.Connections;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol;

namespace StreamBack.Client.Tests.Connections;

/// <summary>What the client does with servers that are none, or wrong, or busy: an error that is told, and nothing goes where it should not.</summary>
public sealed class FalseServerTests : IDisposable
{
    private const string Token = "sb1_0123456789012345678901234567890123456789abc";
    private const string Description = """{"id":"00112233445566778899aabbccddeeff","version":"9","capabilities":["put","list","fly"],"prefixes":["web1/"]}""";
    private const string Busy = """{"code":"busy","message":"As many as this server takes"}""";

    private readonly Home home = new() { Token = Token };

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Without_tls_nothing_goes_to_a_proxy()
    {
        using var proxy = new FalseServer(_ => "");
        using var server = new FalseServer(head => FalseServer.Json(head.Contains("/snapshots", StringComparison.Ordinal) ? "{\"end\":true}\n" : Description));
        home["http_proxy"] = home["HTTP_PROXY"] = home["all_proxy"] = proxy.Address;
        home["no_proxy"] = home["NO_PROXY"] = null;
        (await Reach(server, "list")).Succeeded();
        Assert.Empty(proxy.Heard);
        Assert.Contains(server.Heard, head => head.Contains(Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_tls_a_proxy_is_asked_for_a_tunnel_and_told_no_token()
    {
        using var proxy = new FalseServer(_ => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        home["https_proxy"] = home["HTTPS_PROXY"] = proxy.Address;
        home["no_proxy"] = home["NO_PROXY"] = null;
        (await home.Run("--repository", "https://192.0.2.1:8420", "list")).FailedWith(1, "proxy");
        Assert.All(proxy.Heard, head => Assert.StartsWith("CONNECT 192.0.2.1:8420 ", head, StringComparison.Ordinal));
        Assert.All(proxy.Heard, head => Assert.DoesNotContain(Token, head, StringComparison.Ordinal));
        Assert.NotEmpty(proxy.Heard);
    }

    [Theory]
    [InlineData("301 Moved Permanently")]
    [InlineData("307 Temporary Redirect")]
    [InlineData("308 Permanent Redirect")]
    public async Task A_redirect_is_told_and_not_followed(string status)
    {
        using var there = new FalseServer(_ => FalseServer.Json(Description));
        using var server = new FalseServer(_ => $"HTTP/1.1 {status}\r\nLocation: {there.Address}/api/v1/snapshots\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        (await Reach(server, "list")).FailedWith(1, $"{status} to {there.Address}/api/v1/snapshots: it is not followed");
        Assert.Empty(there.Heard);
    }

    [Theory]
    [InlineData("<html>Please log in</html>")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"\\ud800\"")]
    [InlineData("")]
    [InlineData("""{"id":null,"version":null,"capabilities":null,"prefixes":null}""")]
    [InlineData("""{"id":"00112233445566778899aabbccddeeff","name":"web1/x","time":"2026-01-01T00:00:00Z","received":"never","kind":"raw","length":1}""")]
    public async Task What_is_no_answer_is_a_failure_of_one_line(string body)
    {
        using var server = new FalseServer(_ => FalseServer.Json(body + "\n"));
        foreach (var verb in new[] { "list", "show web1/x", "get web1/x", "put web1/x", "stats", "check", "tag web1/x a" })
        {
            var answer = await Reach(server, verb.Split(' '));
            Assert.Equal((1, verb), (answer.ExitCode, verb));
            Assert.StartsWith("streamback: The server", answer.Errors, StringComparison.Ordinal);
            Assert.Single(answer.Errors.TrimEnd('\n').Split('\n'));
        }
    }

    [Theory]
    [InlineData("\"id\":\"0011\",\"name\":\"web1/x\",\"length\":1")]
    [InlineData("\"id\":\"ID\",\"name\":\"web1/../x\",\"length\":1")]
    [InlineData("\"id\":\"ID\",\"name\":\"web1/x\",\"length\":-1")]
    [InlineData("\"id\":\"ID\",\"name\":\"web1/x\",\"length\":1,\"sha256\":\"zz\"")]
    public async Task A_snapshot_that_is_none_is_a_failure(string facts)
    {
        var snapshot = $"{{{facts.Replace("ID", new string('a', 64), StringComparison.Ordinal)},\"time\":\"2026-01-01T00:00:00Z\",\"received\":\"2026-01-01T00:00:00Z\",\"kind\":\"raw\"}}";
        using var server = new FalseServer(head => FalseServer.Json(head.Contains("/repository", StringComparison.Ordinal) ? Description : snapshot + "\n"));
        (await Reach(server, "list")).FailedWith(1, "which is none");
        (await Reach(server, "show", "web1/x")).FailedWith(1, "which is none");
    }

    [Fact]
    public async Task An_answer_without_an_end_is_not_kept_in_memory()
    {
        var endless = new string(' ', (64 << 20) + 1);
        using var server = new FalseServer(head => FalseServer.Json(head.Contains("/repository", StringComparison.Ordinal) ? Description : endless));
        (await Reach(server, "list")).FailedWith(1, "is longer than");
    }

    [Theory]
    [InlineData("9000000000000000000")]
    [InlineData("70000")]
    public void A_config_of_a_length_that_makes_no_sense_is_a_failure(string length)
    {
        using var server = new FalseServer(_ => $"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{{}}");
        using var connection = new HttpConnection(new SocketsHttpHandler(), new Uri(server.Address), token: null, beneath: null);
        var error = Assert.Throws<RepositoryException>(() => new HttpObjects(connection, "x").ReadConfig());
        Assert.Contains(length, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0005\u0004", "wron")]
    [InlineData("\u000d\u0004", "wron!streamback: the stream breaks off here, it could not be given whole")] // inside a header
    [InlineData("", "!streamback: the stream breaks off here, it could not be given whole")] // nothing may be let out
    public async Task A_stream_of_another_hash_is_not_let_out_whole_and_the_server_is_asked_once_more(string letOut, string let)
    {
        var facts = $$"""{"id":"{{new string('a', 64)}}","name":"web1/x","length":11,"sha256":"{{new string('b', 64)}}","time":"2026-01-01T00:00:00Z","received":"2026-01-01T00:00:00Z","kind":"tar"}""";
        using var server = new FalseServer(head =>
            head.Contains("/repository", StringComparison.Ordinal) ? FalseServer.Json(Description)
            : head.StartsWith("GET /api/v1/snapshots ", StringComparison.Ordinal) ? FalseServer.Json(facts + "\n{\"end\":true}\n")
            : head.Contains("/info", StringComparison.Ordinal) ? FalseServer.Json(facts + "\n")
            : head.Contains("/frames?", StringComparison.Ordinal) ? Answer("Content-Type: application/vnd.streamback.frames\r\n", $"\u0001\u000bwrong bytes\u0003\u000b{letOut}\u0000")
            : Answer("", "wrong bytes"));
        var get = await Reach(server, "get", "web1/x");
        Assert.Equal((3, let), (get.ExitCode, get.Text.Replace("\n", "!", StringComparison.Ordinal).TrimEnd('!'))); // a spoiled end is a block
        Assert.Contains("what came hashes to", get.Errors, StringComparison.Ordinal);
        Assert.Single(server.Heard, head => head.Contains($"@{new string('a', 64)}/frames?from=0 ", StringComparison.Ordinal));
        Assert.Single(server.Heard, head => head.Contains($"@{new string('a', 64)} ", StringComparison.Ordinal));
    }

    private static string Answer(string headers, string body) => $"HTTP/1.1 200 OK\r\n{headers}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";

    [Fact]
    public async Task A_file_of_two_tokens_has_none()
    {
        using var server = new FalseServer(_ => FalseServer.Json(Description));
        home.Token = null;
        home.Write("tokens", System.Text.Encoding.ASCII.GetBytes($"{Token}\n{Token}\n"));
        File.SetUnixFileMode(home.At("tokens"), UnixFileMode.UserRead);
        home["STREAMBACK_TOKEN_FILE"] = home.At("tokens");
        (await Reach(server, "list")).FailedWith(6, "is no token");
        Assert.Empty(server.Heard);
    }

    [Theory]
    [InlineData("503 Service Unavailable", 7)]
    [InlineData("409 Conflict", 7)]
    [InlineData("HTTP/1.1 2", 1)]
    public async Task A_put_that_does_not_begin_is_tried_again(string status, int exitCode)
    {
        using var server = Beginning(exitCode == 1 ? status : FalseServer.Json(Busy, status)); // a whole one, or one that breaks off
        var put = await Reach(server, "put", "web1/x", "--retry-for", "1s");
        Assert.Equal(exitCode, put.ExitCode);
        Assert.Contains("trying again in 1 s", put.Errors, StringComparison.Ordinal);
        Assert.InRange(Begins(server), 2, 3); // a pause of a second may be a little less
    }

    [Fact]
    public async Task A_put_that_is_refused_is_not_tried_again_nor_spooled()
    {
        using var server = Beginning(FalseServer.Json("""{"code":"denied","message":"Not known"}""", "401 Unauthorized"));
        var put = await Reach(server, "put", "web1/x", "--retry-for", "1h", "--spool", "spool");
        put.FailedWith(6, "Not known");
        Assert.Equal(1, Begins(server));
        Assert.False(Directory.Exists(home.At("spool")) && Directory.EnumerateFiles(home.At("spool")).Any());
    }

    [Theory]
    [InlineData("503 Service Unavailable")]
    [InlineData("502 Bad Gateway")]
    public async Task A_stream_for_a_server_that_is_busy_is_spooled(string status)
    {
        using var server = Beginning(FalseServer.Json(Busy, status));
        home["STREAMBACK_REPOSITORY"] = server.Address;
        (await home.Feed([1, 2, 3], "put", "web1/x", "--retry-for", "0s", "--spool", "spool")).FailedWith(10, "As many as this server takes; web1/x, 3 B, is safe");
    }

    private static FalseServer Beginning(string answer) =>
        new(head => head.StartsWith("POST /api/v1/sessions?", StringComparison.Ordinal) ? answer : FalseServer.Json(Description));

    private static int Begins(FalseServer server) => server.Heard.Count(head => head.StartsWith("POST /api/v1/sessions?", StringComparison.Ordinal));

    private Task<Answer> Reach(FalseServer server, params string[] arguments) => home.Feed([1], ["--repository", server.Address, .. arguments]);
}
