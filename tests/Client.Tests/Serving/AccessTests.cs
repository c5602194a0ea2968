using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Who may what: every request with every capability, inside and outside of a prefix.</summary>
public sealed class AccessTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();
    private ServerProcess server = null!;

    public async Task InitializeAsync()
    {
        await home.Put("web1/etc", [1, 2, 3]);
        await home.Put("web2/etc", [4, 5, 6]);
        await ServerProcess.Token(home, "first", "list");
        server = await ServerProcess.Start(home);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        server?.Dispose();
        home.Dispose();
    }

    public static TheoryData<string, string, string, bool> Requests => new()
    {
        // What it is, how it is asked of NAME, the capability that it needs, whether it is about the whole repository.
        { "put", "-X PUT -d x $S/NAME", "put", false },
        { "get", "$S/NAME@latest", "get", false },
        { "head", "-I $S/NAME@latest", "get", false },
        { "range", "-r 0-1 $S/NAME@latest", "get", false },
        { "name", "$S/NAME", "list", false },
        { "info", "$S/NAME@latest/info", "list", false },
        { "tags", "-d '{\"add\":[\"x\"]}' $S/NAME@latest/tags", "maintain", false },
        { "time", "-X PUT -d x \"$S/NAME?time=2026-01-01\"", "put,maintain", false },
        { "begin a put that sends all", "-X POST \"$A/api/v1/sessions?name=NAME&mode=stream\"", "put", false },
        { "begin a put that asks", "-X POST \"$A/api/v1/sessions?name=NAME&mode=chunks\"", "put,get", false },
        { "stats", "$A/api/v1/stats", "maintain", true },
        { "check", "-X POST $A/api/v1/check", "maintain", true },
        { "objects", "$A/api/v1/objects/bundles", "objects", true },
        { "config", "$A/api/v1/objects/config", "objects", true },
        { "object", "$A/api/v1/objects/snapshots/$(ls data/streamback/snapshots | head -1)", "objects", true },
        { "object head", "-I $A/api/v1/objects/snapshots/$(ls data/streamback/snapshots | head -1)", "objects", true },
        { "object range", "-r 0-1 $A/api/v1/objects/snapshots/$(ls data/streamback/snapshots | head -1)", "objects", true },
        { "object put", "-X PUT -d x $A/api/v1/objects/snapshots/$(ls data/streamback/snapshots | head -1)", "objects-put", true },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Each_request_needs_its_capability_and_its_prefix(string what, string request, string needs, bool whole)
    {
        string[] all = ["put", "get", "list", "remove", "maintain", "objects", "objects-put"];
        var needed = needs.Split(',');
        var inside = request.Replace("NAME", "web1/etc", StringComparison.Ordinal);
        var outside = request.Replace("NAME", "web2/etc", StringComparison.Ordinal);
        var missing = await ServerProcess.Token(home, "missing", "remove");
        var having = await ServerProcess.Token(home, "having", needs, "web1/");
        var everywhere = await ServerProcess.Token(home, "everywhere", needs);
        Assert.Equal((what, 403), (what, await server.Status(missing, inside)));
        foreach (var one in needed)
        {
            var others = await ServerProcess.Token(home, $"not-{one}", string.Join(',', all.Except([one])));
            Assert.Equal((what, one, 403), (what, one, await server.Status(others, inside)));
        }

        Assert.InRange(await server.Status(having, inside), whole ? 403 : 200, whole ? 403 : 206);
        Assert.Equal((what, 403), (what, await server.Status(having, outside)));
        Assert.InRange(await server.Status(everywhere, outside), 200, 206);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-H 'Authorization: Bearer sb1_wrong'")]
    [InlineData("-H 'Authorization: Basic c2IxX3dyb25nOng='")]
    [InlineData("-H 'Authorization: Bearer '")]
    public async Task Nobody_who_is_not_known_gets_anything(string header)
    {
        foreach (var request in new[] { "$S", "$S/web1/etc", "$S/web1/etc@latest", "-T /dev/null $S/web1/new", "$A/api/v1/stats", "$A/api/v1/repository", "-X POST $A/api/v1/check", "$A/api/v1/objects/bundles", "$A/api/v1/objects/config", "-X PUT -d x $A/api/v1/session-key" })
        {
            var answer = await server.Shell($"curl -s -D - -o body {header} {request}");
            Assert.StartsWith("HTTP/1.1 401", answer.Text, StringComparison.Ordinal);
            Assert.Contains("WWW-Authenticate: Bearer", answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("web", File.ReadAllText(home.At("body")), StringComparison.Ordinal);
        }

        Assert.Equal("ok", (await server.Shell("curl -sf $A/healthz")).Succeeded().Text.Trim());
    }

    [Fact]
    public async Task A_revoked_token_ends_at_once_and_a_rotated_one_is_another()
    {
        var token = await ServerProcess.Token(home, "web1", "list");
        Assert.Equal(200, await server.Status(token, "$S"));
        var rotated = (await home.Run("token", "rotate", "web1")).Succeeded().Text.Trim();
        Assert.Equal((401, 200), (await server.Status(token, "$S"), await server.Status(rotated, "$S")));
        (await home.Run("token", "revoke", "web1")).Succeeded();
        Assert.Equal(401, await server.Status(rotated, "$S"));
    }

    [Fact]
    public async Task A_list_shows_what_the_prefixes_cover_and_no_sizes_to_who_may_not_get()
    {
        var token = await ServerProcess.Token(home, "web1", "list", "web1/");
        var list = (await server.Shell($"curl -sf -H 'Authorization: Bearer {token}' $S")).Succeeded().Text;
        Assert.Contains("web1/etc", list, StringComparison.Ordinal);
        Assert.DoesNotContain("web2", list, StringComparison.Ordinal);
        Assert.DoesNotContain("storedBytes", list, StringComparison.Ordinal);
        Assert.DoesNotContain("newChunk", list, StringComparison.Ordinal);
        var put = (await server.Shell($"curl -sf -X PUT -d x -H 'Authorization: Bearer {await ServerProcess.Token(home, "putter", "put", "web1/")}' $S/web1/x")).Succeeded().Text;
        Assert.DoesNotContain("storedBytes", put, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_stored_file_holds_a_token()
    {
        var token = await ServerProcess.Token(home, "web1", "list");
        Assert.Equal(1, (await home.Shell($"grep -r -F {token} {home.Folder}")).ExitCode);
        Assert.Equal("600", (await home.Shell("stat -c %a state/streamback/*/tokens.json")).Text.Trim());
    }
}
