using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>A server as a service: what it tells systemd, what signals do, how it stops.</summary>
public sealed class ServiceTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();

    public async Task InitializeAsync()
    {
        await home.Put("a", [1, 2, 3]);
        home["T"] = await ServerProcess.Token(home, "all", "put,get");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_says_when_it_is_ready_and_when_it_stops(bool isAbstract)
    {
        var name = isAbstract ? $"streamback-test-{Guid.NewGuid():n}" : home.At("notify");
        using var socket = new NotifySocket(isAbstract ? '\0' + name : name);
        home["NOTIFY_SOCKET"] = isAbstract ? '@' + name : name;
        using var server = await ServerProcess.Start(home);
        Assert.Equal("READY=1", await socket.Next());
        Assert.Equal(0, await server.Signal("TERM"));
        Assert.Equal("STOPPING=1", await socket.Next());
    }

    [Fact]
    public async Task A_hang_up_reads_the_certificate_again_and_ends_nothing()
    {
        (await home.Shell(MakeCertificate)).Succeeded();
        using var server = await ServerProcess.Start(home, "--listen", "https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
        (await home.Shell(MakeCertificate)).Succeeded();
        await server.Send("HUP");
        (await server.Shell("until curl -sf --cacert server.pem $A/healthz; do sleep 0.05; done")).Succeeded();
        Assert.Equal(0, await server.Signal("TERM"));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_reached_any_more_is_told_once_and_the_old_one_goes_on()
    {
        (await home.Shell("mkdir tls; cd tls\n" + MakeCertificate)).Succeeded();
        using var server = await ServerProcess.Start(home, "--listen", "https://127.0.0.1:0", "--tls-cert", "tls/server.pem", "--tls-key", "tls/server.key");

        // A link to itself: a folder that nobody may read, for root as well.
        (await home.Shell("mv tls old; ln -s tls tls")).Succeeded();
        await server.Send("HUP");
        (await server.Shell("for i in 1 2 3; do curl -sf --cacert old/server.pem $A/healthz || exit; done")).Succeeded();
        Assert.Equal(0, await server.Signal("TERM"));
        var told = (await server.Told).Split('\n').Count(line => line.Contains("going on with the old one", StringComparison.Ordinal));
        Assert.InRange(told, 1, 2); // the signal may come after the first handshake
    }

    [Fact]
    public async Task Told_to_stop_it_cuts_what_takes_longer_than_it_may()
    {
        using var server = await ServerProcess.Start(home, "--stop-within", "1s");
        var put = server.Shell("{ head -c 1000000 /dev/zero; until test -e go; do sleep 0.05; done; } | curl -s -T - -H \"Authorization: Bearer $T\" $S/slow");
        while (home.Repository.Sessions.Length == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        Assert.Equal(0, await server.Signal("TERM"));
        home.Write("go", []);
        Assert.NotEqual(0, (await put).ExitCode);
        (await home.Run("show", "slow")).FailedWith(5, "'slow'");
        Assert.Empty(home.Repository.Sessions);
        Assert.Contains("Told to stop: 1 streams", await server.Told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Told_to_stop_it_takes_no_new_put_and_sends_away_who_waits()
    {
        using var server = await ServerProcess.Start(home, "--max-streams", "1");
        var put = server.Shell("{ echo begin; until test -e go; do sleep 0.05; done; echo end; } | curl -sf -T - -H \"Authorization: Bearer $T\" $S/slow");
        while (home.Repository.Sessions.Length == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        var waiting = server.Shell("touch sent; echo x | curl -s -o answer -w '%{http_code}' -T - -H \"Authorization: Bearer $T\" $S/waiting");
        home["M"] = await ServerProcess.Token(home, "m", "maintain");
        (await server.Shell("until curl -s -H \"Authorization: Bearer $M\" $A/metrics | grep -q '^streamback_streams_waiting 1'; do sleep 0.05; done")).Succeeded();
        await server.Send("TERM");
        Assert.Equal("503", (await waiting).Text);
        Assert.Equal("503", (await server.Shell("echo x | curl -s -o answer -w '%{http_code}' -T - -H \"Authorization: Bearer $T\" $S/new")).Text);
        home.Write("go", []);
        (await put).Succeeded();
        Assert.Equal(["a", "slow"], (await home.Run("list", "--json")).Lines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Its_log_has_a_line_for_each_request_and_nothing_of_anybody_s_secrets()
    {
        using var server = await ServerProcess.Start(home);
        home.Write("body", "the-stream-itself"u8.ToArray());
        (await server.Shell("""
            auth="Authorization: Bearer $T"
            curl -sf -T body -H "$auth" "$S/web1/etc?tag=secret-tag&command=secret-command&command=--password" > facts
            curl -s -T body -H "$auth" "$S/web1/etc?raw=secret-word&time=secret-time" > refused
            curl -s -T body -H "$auth" "$S/web1/etc?tag=$(head -c 60000 /dev/zero | tr '\0' t)secret-long" > refused2
            curl -sf -H "$auth" $S/web1/etc@latest > got
            curl -s -H "Authorization: Bearer sb1_secret-but-wrong" $S/web1/etc@latest > denied
            curl -s -H "$auth" "$S/web1/secret%20name@latest" > none
            """)).Succeeded();
        Assert.Equal(0, await server.Signal("TERM"));
        var told = await server.Told;
        var lines = told.Split('\n').Where(line => line.StartsWith('{')).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToList();
        foreach (var secret in new[] { "secret-", "the-stream-itself", "--password", "sb1_", "sha256", "tttttttt", "?" })
            Assert.DoesNotContain(secret, told, StringComparison.Ordinal);
        Assert.Equal(6, lines.Count(line => line.GetProperty("EventId").GetInt32() == 2));
        var put = lines.First(line => line.GetProperty("EventId").GetInt32() == 2).GetProperty("State");
        Assert.Equal(
            ("all", "PUT", "/api/v1/snapshots/web1/etc", 201, 17),
            (put.GetProperty("Who").GetString(), put.GetProperty("Method").GetString(), put.GetProperty("Path").GetString(), put.GetProperty("Status").GetInt32(), put.GetProperty("Received").GetInt32()));
        Assert.True(put.GetProperty("Milliseconds").GetInt64() >= 0);
        Assert.StartsWith("Serving repository", lines[0].GetProperty("Message").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("Stopped", lines[^1].GetProperty("Message").GetString(), StringComparison.Ordinal);
        Assert.All(lines, line => Assert.EndsWith("Z", line.GetProperty("Timestamp").GetString(), StringComparison.Ordinal));
    }

    private const string MakeCertificate =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem 2>/dev/null";
}
