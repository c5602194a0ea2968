using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Who may what: every request with every capability, inside and outside of a prefix.</summary>
public sealed class AccessTests(ServerFixture fixture) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private Home Home => fixture.Home;

    private ServerProcess Server => fixture.Server;

    public Task InitializeAsync()
    {
        foreach (var name in new[] { AccessRequest.Inside, AccessRequest.Outside })
            Assert.Equal(201, fixture.Ask($"PUT /api/v1/snapshots/{name}", "Content-Length: 1\r\n", "x").Status);
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        fixture.AssertWell();
        return Task.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(AccessRequest.Grants), MemberType = typeof(AccessRequest))]
    public async Task Each_request_needs_its_capabilities_and_its_prefix(string allow, string prefix)
    {
        using var connection = new RawConnection(Server);
        var foreign = AccessWalk.Id(fixture.Ask($"POST /api/v1/sessions?name={AccessRequest.Inside}&mode=stream", "Content-Length: 0\r\n"));
        var token = await fixture.TokenFor(allow, prefix == "" ? null : prefix);
        await Walk(connection, token, foreign).Run(allow, prefix);
        Assert.Equal(204, fixture.Ask($"DELETE /api/v1/sessions/{foreign}").Status);
    }

    [Theory]
    [InlineData("stream", "put", "", true)]
    [InlineData("stream", "put", "web1/", true)]
    [InlineData("stream", "get,list,remove,maintain,objects,objects-put", "", false)]
    [InlineData("stream", "put,get,list,remove,maintain,objects,objects-put", "web2/", false)]
    [InlineData("chunks", "put,get", "", true)]
    [InlineData("chunks", "put,get", "web1/etc", true)]
    [InlineData("chunks", "put,list,remove,maintain,objects,objects-put", "", false)]
    [InlineData("chunks", "get,list,remove,maintain,objects,objects-put", "", false)]
    [InlineData("chunks", "put,get,list,remove,maintain,objects,objects-put", "web2/", false)]
    public async Task Each_request_of_a_put_session_asks_for_the_rights_again(string mode, string allow, string prefix, bool may)
    {
        using var connection = new RawConnection(Server);
        var owner = $"owner-{Guid.NewGuid():n}";
        var began = Walk(connection, await ServerProcess.Token(Home, owner, "put,get"), "");
        var (one, other) = (AccessWalk.Id(await began.Begin(mode, AccessRequest.Inside)), AccessWalk.Id(await began.Begin(mode, AccessRequest.Inside)));

        // A session is its owner's by name: the same one, who now may something else.
        (await Home.Run("token", "revoke", owner)).Succeeded();
        string[] prefixes = prefix == "" ? [] : [prefix];
        var goesOn = Walk(connection, await ServerProcess.Token(Home, owner, allow, prefixes), "");
        Assert.Equal(may ? (200, 200, 201) : (403, 403, 403), await goesOn.Use(mode, one));
        Assert.Equal(may ? 204 : 403, await goesOn.Abandon(other));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-H 'Authorization: Bearer sb1_wrong'")]
    [InlineData("-H 'Authorization: Basic c2IxX3dyb25nOng='")]
    [InlineData("-H 'Authorization: Bearer '")]
    public async Task Nobody_who_is_not_known_gets_anything(string header)
    {
        foreach (var request in new[] { "$S", "$S/web1/etc", "$S/web1/etc@latest", "-T /dev/null $S/web1/new", "$A/api/v1/stats", "$A/api/v1/repository", "-X POST $A/api/v1/check", "$A/metrics", "$A/api/v1/objects/bundles", "$A/api/v1/objects/config", $"-X PUT -d x $A/api/v1/objects/snapshots/{fixture.SeedId}", "-X POST \"$A/api/v1/sessions?name=web1/x&mode=stream\"", $"$A/api/v1/sessions/{new string('0', 32)}", "-X PUT -d x $A/api/v1/session-key" })
        {
            var answer = await Server.Shell($"curl -s -D - -o body {header} {request}");
            Assert.StartsWith("HTTP/1.1 401", answer.Text, StringComparison.Ordinal);
            Assert.Contains("WWW-Authenticate: Bearer", answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("web", File.ReadAllText(Home.At("body")), StringComparison.Ordinal);
        }

        Assert.Equal("ok", (await Server.Shell("curl -sf $A/healthz")).Succeeded().Text.Trim());
    }

    [Fact]
    public async Task A_revoked_token_ends_at_once_and_a_rotated_one_is_another()
    {
        var token = await ServerProcess.Token(Home, "ended", "list");
        Assert.Equal(200, await Server.Status(token, "$S"));
        var rotated = (await Home.Run("token", "rotate", "ended")).Succeeded().Text.Trim();
        Assert.Equal((401, 200), (await Server.Status(token, "$S"), await Server.Status(rotated, "$S")));
        (await Home.Run("token", "revoke", "ended")).Succeeded();
        Assert.Equal(401, await Server.Status(rotated, "$S"));
    }

    [Fact]
    public async Task A_list_shows_what_the_prefixes_cover_and_no_sizes_to_who_may_not_get()
    {
        var token = await ServerProcess.Token(Home, "lister", "list", "web1/");
        var list = (await Server.Shell($"curl -sf -H 'Authorization: Bearer {token}' $S")).Succeeded().Text;
        Assert.Contains("web1/etc", list, StringComparison.Ordinal);
        Assert.DoesNotContain("web2", list, StringComparison.Ordinal);
        Assert.DoesNotContain("storedBytes", list, StringComparison.Ordinal);
        Assert.DoesNotContain("newChunk", list, StringComparison.Ordinal);
        var put = (await Server.Shell($"curl -sf -X PUT -d x -H 'Authorization: Bearer {await ServerProcess.Token(Home, "putter", "put", "web1/")}' $S/web1/x")).Succeeded().Text;
        Assert.DoesNotContain("storedBytes", put, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_stored_file_holds_a_token()
    {
        var token = await ServerProcess.Token(Home, "unstored", "list");
        Assert.Equal(1, (await Home.Shell($"grep -r -F {token} {Home.Folder}")).ExitCode);
        Assert.Equal("600", (await Home.Shell("stat -c %a state/streamback/*/tokens.json")).Text.Trim());
    }

    private AccessWalk Walk(RawConnection connection, string token, string foreign) => new(
        (request, toHead) => Task.FromResult(connection.Say(request).Hear(toHead: toHead) ?? throw new InvalidOperationException($"no answer to {request}")),
        $"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n",
        fixture.SeedId,
        foreign);
}
