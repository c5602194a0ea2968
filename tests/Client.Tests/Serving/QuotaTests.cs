using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What names may have together; beyond it nothing is kept.</summary>
public sealed class QuotaTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();

    public async Task InitializeAsync()
    {
        await home.Put("web1/old", Bytes.Random(400_000, 1));
        await home.Put("web2/old", Bytes.Random(400_000, 2));
        home["T"] = await ServerProcess.Token(home, "all", "put");
        home.Write("300k", Bytes.Random(300_000, 3));
        home.Write("700k", Bytes.Random(700_000, 4));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Listed_streams_count_and_what_is_too_much_is_507_and_not_kept()
    {
        using var server = await ServerProcess.Start(home, "--quota", "web1/=1MB");
        Assert.Equal("507", await Put(server, "web1/a", "700k")); // its length is known
        Assert.Contains("web1/ may have 977 KiB of streams together", (await server.Shell("curl -s -H \"Authorization: Bearer $T\" $S/web1/a -T 700k")).Text, StringComparison.Ordinal);
        Assert.Equal("507", await Put(server, "web1/a", "- < <(cat 700k)")); // and here it is not
        Assert.Equal("201", await Put(server, "web1/a", "300k"));
        Assert.Equal("507", await Put(server, "web1/b", "- < <(head -c 300001 300k; echo 1)"));
        Assert.Equal("201", await Put(server, "web1/b", "- < <(head -c 299998 300k; echo 1)"));
        Assert.Equal("201", await Put(server, "web2/a", "700k"));
        Assert.Equal(["web1/a", "web1/b", "web1/old"], (await home.Run("list", "web1/", "--json")).Lines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()));
        Assert.Empty(Directory.EnumerateFiles(Directory.EnumerateDirectories(home.At("state/streamback")).Single() + "/puts"));
    }

    [Fact]
    public async Task A_token_has_a_quota_of_its_own_for_what_it_covers()
    {
        home["Q"] = (await home.Run("token", "add", "small", "--allow", "put", "--prefix", "web1/", "--quota", "1 MB")).Succeeded().Text.Trim();
        Assert.Contains("\"quota\":1000000", (await home.Run("token", "list", "--json")).Text, StringComparison.Ordinal);
        (await home.Run("token", "add", "none", "--allow", "put", "--quota", "much")).FailedWith(2, "'much' is not an amount of bytes");
        using var server = await ServerProcess.Start(home);
        Assert.Equal("507", await Put(server, "web1/a", "700k", "$Q"));
        Assert.Equal("201", await Put(server, "web1/a", "300k", "$Q"));
        Assert.Equal("201", await Put(server, "web1/b", "700k"));
        Assert.Equal("507", await Put(server, "web1/c", "300k", "$Q"));
    }

    [Fact]
    public async Task Puts_underway_count_in_this_process_and_in_another_until_they_are_killed()
    {
        using var server = await ServerProcess.Start(home, "--quota", "web1/=1MB");
        using var other = await ServerProcess.Start(home, "--quota", "web1/=1MB");
        var underway = other.Shell("{ cat 300k; until test -e go; do sleep 0.05; done; } | curl -s -T - -H \"Authorization: Bearer $T\" $S/web1/underway || true");
        (await home.Shell("until [[ $(cut -c1-20 state/streamback/*/puts/* 2> /dev/null) > 00000000000000299999 ]]; do sleep 0.05; done")).Succeeded();
        Assert.Equal("507", await Put(server, "web1/a", "- < <(cat 300k; head -c 50000 /dev/zero)"));
        await other.Signal("KILL");
        home.Write("go", []);
        await underway;
        Assert.Equal("201", await Put(server, "web1/a", "- < <(cat 300k; head -c 50000 /dev/zero)"));
    }

    [Fact]
    public async Task A_put_that_is_kept_is_answered_so_whatever_became_of_the_state_folder()
    {
        using var server = await ServerProcess.Start(home, "--quota", "web1/=100MB");
        var put = server.Shell("{ cat 300k; until test -e go; do sleep 0.05; done; } | curl -s -o /dev/null -w '%{http_code}' -T - -H \"Authorization: Bearer $T\" $S/web1/a");
        (await home.Shell("until ls state/streamback/*/puts/* > /dev/null 2>&1 && grep -q '^0*[1-9]' state/streamback/*/puts/*; do sleep 0.05; done; rm -r state/streamback/*/puts")).Succeeded();
        home.Write("go", []);
        Assert.Equal("201", (await put).Text);
    }

    [Fact]
    public async Task More_bytes_than_a_sum_can_have_are_too_many_and_no_failure()
    {
        using var server = await ServerProcess.Start(home, "--quota", "web1/=1MB");
        var answer = await server.Shell($$"""
            set -e
            mkdir -p -m 700 $(ls -d state/streamback/*)/puts; cd state/streamback/*/puts
            for i in 1 2 3; do
              echo "0{{1L << 62}} web1/forged" > $i
              { flock 9; touch ../locked$i; until test -e ../../../../go; do sleep 0.05; done; } 9<> $i &
              until test -e ../locked$i; do sleep 0.05; done
            done
            echo x | curl -s -o /dev/null -w '%{http_code}' -T - -H "Authorization: Bearer $T" $S/web1/a
            touch ../../../../go; wait
            """);
        Assert.Equal("507", answer.Text);
    }

    [Fact]
    public async Task Over_stdio_it_holds_as_well()
    {
        const string Serve = "streamback serve --stdio --allow put --prefix web1/ --quota 1MB";
        const string Request = "printf 'PUT /api/v1/snapshots/web1/%s HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nContent-Length: %s\\r\\nConnection: close\\r\\n\\r\\n'";
        (await home.Shell($$"""
            set -e
            { {{Request}} a 700000; cat 700k 2> broken || :; } | {{Serve}} | head -1 | grep -q ' 507 '
            { {{Request}} a 300000; cat 300k; } | {{Serve}} | head -1 | grep -q ' 201 '
            """)).Succeeded();
    }

    private static async Task<string> Put(ServerProcess server, string name, string file, string token = "$T") =>
        (await server.Shell($"curl -s -o /dev/null -w '%{{http_code}}' -H \"Authorization: Bearer {token}\" $S/{name} -T {file}")).Text;
}
