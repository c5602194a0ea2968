using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>The server's configuration file: what it may say, what wins, and what is refused where.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task A_server_is_as_its_file_says_and_a_flag_wins()
    {
        home["STREAMBACK_KEY_FILE"] = home.At("key");
        (await home.Run("init", "--repository", home.At("repo"), "--key-file", home.At("key"))).Succeeded();
        home["STREAMBACK_KEY_FILE"] = null;
        home["T"] = (await home.Run("token", "add", "web1", "--allow", "put,get", "--repository", home.At("repo"), "--state", home.At("own"))).Succeeded().Text.Trim();
        Write($"""
            # everything but the address is as it would be in /etc
            repository: {home.At("repo")}
            keyFile: {home.At("key")}
            listen:
              - http://127.0.0.1:1
            state: "{home.At("own")}"
            hosts: [vault.example.org, vault]
            limits:
              connections: 20
              streams: 4
              rate: 100 MB
              stopWithin: 5s
            quota:
              web1/: 1 MB
            logLevel: warning
            """);
        using var server = await ServerProcess.Start(home, "--config", "server.yml", "--listen", "http://127.0.0.1:0");
        (await server.Shell("""
            set -e
            echo hello | curl -sf -T - -H "Authorization: Bearer $T" -H 'Host: vault' $S/web1/etc > facts
            curl -sf -H "Authorization: Bearer $T" $S/web1/etc@latest | grep -q hello
            test $(head -c 1000000 /dev/zero | curl -s -o answer -w '%{http_code}' -T - -H "Authorization: Bearer $T" $S/web1/etc) = 507
            grep -q '"code":"full"' answer
            """)).Succeeded();
        Assert.Equal(0, await server.Signal("TERM"));
        Assert.DoesNotContain("PUT", await server.Told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("listen: http://127.0.0.1:0\nlimits:\n  conections: 3", "server.yml:3: limits.conections: there is no such setting")]
    [InlineData("lissten: x", "server.yml:1: lissten: there is no such setting")]
    [InlineData("state: a\nhosts: [b]\nstate: c", "server.yml:3: 'state' is there twice")]
    [InlineData("quota:\n  web1/: 1GB\n  web1/: 2GB", "server.yml:3: 'quota.web1/' is there twice")]
    [InlineData("limits:\n  connections: many", "server.yml:2: limits.connections: 'many' is not a whole number")]
    [InlineData("limits: 7", "server.yml:1: limits: here settings follow")]
    [InlineData("state: [a, b]", "server.yml:1: state: this takes one value")]
    [InlineData("hosts:\n  a: b", "server.yml:1: hosts: this takes a value, or a list")]
    [InlineData("socket:", "server.yml:1: socket: there is no value")]
    [InlineData("quota: 5GB", "server.yml:1: quota: this takes lines")]
    [InlineData("keep:\n  web1/: daily 7\n  web2/: often", "server.yml:3: keep: web2/: 'often' is nothing such as")]
    [InlineData("late:\n  web1/: soon", "server.yml:2: late: web1/: 'soon' is no span")]
    [InlineData("schedule:\n  check: often", "server.yml:2: schedule: check: 'often' is no time such as")]
    [InlineData("listen:\n  - http://127.0.0.1:0\n  - ''", "server.yml:3: listen: there is no value")]
    [InlineData("quota:\n  web1/: lots", "server.yml:2: quota: 'lots' is not an amount of bytes")]
    [InlineData("limits:\n  sessionAge: 7", "server.yml:2: limits.sessionAge: '7' is not a span of time")]
    [InlineData("logLevel: loud", "server.yml:1: logLevel: 'loud' is not one of trace, debug")]
    [InlineData("state: &a x", "server.yml:1: 'state': anchors and aliases are not taken")]
    [InlineData("state: !!str x", "server.yml:1: 'state': tags are not taken")]
    [InlineData("- state", "server.yml:1: a configuration is lines of 'key: value'")]
    [InlineData("state: a\n---\nstate: b", "server.yml:2: there is a second document")]
    [InlineData("state: [a", "server.yml:2: While parsing")]
    public async Task What_is_wrong_is_named_by_file_line_and_key(string yaml, string says)
    {
        await home.Put("a", [1]);
        Write(yaml);
        (await home.Run("serve", "--config", "server.yml", "--listen", "http://127.0.0.1:0")).FailedWith(2, says);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_refused() =>
        (await home.Run("serve", "--config", "none.yml")).FailedWith(2, "none.yml");

    [Theory]
    [InlineData("--max-connections", "0", "connections are 1 to")]
    [InlineData("--max-streams", "300", "streams are 1 to the number of connections")]
    [InlineData("--max-rate", "10", "the body rate is at least 1024 bytes")]
    [InlineData("--session-age", "0s", "the session age is 1 second to")]
    [InlineData("--patience", "2d", "the patience is 1 second to 1 day")]
    [InlineData("--stop-within", "30d", "the time to stop within")]
    [InlineData("--quota", "web1/=0", "A quota is 1 byte or more")]
    [InlineData("--quota", "../x=1GB", "name")]
    [InlineData("--host", "a b", "no host's name")]
    [InlineData("--max-rate", "fast", "--max-rate: 'fast' is not an amount of bytes")]
    public async Task Nonsense_is_refused_before_anything_listens(string flag, string value, string says)
    {
        await home.Put("a", [1]);
        await ServerProcess.Token(home, "all", "list");
        (await home.Run("serve", "--listen", "http://127.0.0.1:0", flag, value)).FailedWith(2, says);
    }

    private void Write(string yaml) => File.WriteAllText(home.At("server.yml"), yaml);
}
