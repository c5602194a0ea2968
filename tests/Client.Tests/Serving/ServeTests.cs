using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>How a server starts, is secured and ends.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Without_a_token_it_refuses_to_listen_and_says_what_to_add()
    {
        await home.Put("a", [1]);
        (await home.Run("serve", "--listen", "http://127.0.0.1:0")).FailedWith(2, "streamback token add");
    }

    [Fact]
    public async Task Several_may_begin_at_once_where_nothing_is_kept_yet()
    {
        (await home.Run("init")).Succeeded();
        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => home.Run("serve", "--listen", "http://127.0.0.1:0", "--state", "new/state"))))
            answer.FailedWith(2, "streamback token add");
    }

    [Theory]
    [InlineData("http://0.0.0.0:0", "--tls-cert")]
    [InlineData("https://127.0.0.1:0", "--tls-cert")]
    [InlineData("ftp://127.0.0.1", "no address to listen on")]
    [InlineData("http://example.org", "no address of this machine")]
    public async Task It_refuses_what_is_open_or_is_no_address(string url, string says)
    {
        await home.Put("a", [1]);
        await ServerProcess.Token(home, "all", "list");
        (await home.Run("serve", "--listen", url)).FailedWith(2, says);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_busy()
    {
        await home.Put("a", [1]);
        await ServerProcess.Token(home, "all", "list");
        using var server = await ServerProcess.Start(home);
        (await home.Run("serve", "--listen", server.Address)).FailedWith(7, "address already in use");
    }

    [Fact]
    public async Task Over_TLS_curl_verifies_the_certificate_and_a_new_one_needs_no_restart()
    {
        await home.Put("a", [1, 2, 3]);
        home["T"] = await ServerProcess.Token(home, "all", "get");
        (await home.Shell(MakeCertificate)).Succeeded();
        using var server = await ServerProcess.Start(home, "--listen", "https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
        Assert.StartsWith("https://", server.Address, StringComparison.Ordinal);
        Assert.Equal("\u0001\u0002\u0003", (await server.Shell("curl -sf --cacert server.pem -H \"Authorization: Bearer $T\" $S/a@latest")).Succeeded().Text);
        (await home.Shell("cp server.pem old.pem\n" + MakeCertificate)).Succeeded();
        Assert.Equal(60, (await server.Shell("curl -sf --cacert old.pem -H \"Authorization: Bearer $T\" $S/a@latest")).ExitCode);
        (await server.Shell("curl -sf --cacert server.pem -H \"Authorization: Bearer $T\" $S/a@latest")).Succeeded();
    }

    [Fact]
    public async Task A_client_is_told_what_is_wrong_with_its_address_or_its_token()
    {
        await home.Put("a", [1]);
        var token = await ServerProcess.Token(home, "all", "list");
        home.Token = token;
        (await home.Shell(MakeCertificate)).Succeeded();
        string address;
        using (var server = await ServerProcess.Start(home, "--listen", "https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key"))
        {
            address = server.Address;
            (await home.Run("list", "--repository", address.Replace("https", "http", StringComparison.Ordinal))).FailedWith(1, $"is it {address}?");
            home["STREAMBACK_CA_FILE"] = home.At("server.pem");
            (await home.Run("list", "--repository", address)).Succeeded();
            home.Token = token[..^1];
            (await home.Run("list", "--repository", address)).FailedWith(6, "or cut");
            home.Token = null;
            (await home.Run("list", "--repository", address)).FailedWith(6, "No token");
        }

        (await home.Run("list", "--repository", address)).FailedWith(1, $"{address} cannot be reached: Connection refused");
    }

    [Fact]
    public async Task What_stands_between_the_certificate_and_its_authority_is_shown_too()
    {
        await home.Put("a", [1, 2, 3]);
        home["T"] = await ServerProcess.Token(home, "all", "get");
        (await home.Shell("""
            set -e
            new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout $1.key "${@:2}" 2> /dev/null; }
            ca='-addext basicConstraints=critical,CA:TRUE'
            new root -x509 -days 2 $ca -out root.pem
            new middle -x509 -days 2 $ca -CA root.pem -CAkey root.key -out middle.pem
            new server -x509 -days 2 -addext basicConstraints=CA:FALSE -addext subjectAltName=IP:127.0.0.1 -CA middle.pem -CAkey middle.key -out leaf.pem
            cat leaf.pem middle.pem > server.pem
            """)).Succeeded();
        using var server = await ServerProcess.Start(home, "--listen", "https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
        (await server.Shell("curl -sf --cacert root.pem -H \"Authorization: Bearer $T\" $S/a@latest")).Succeeded();
    }

    [Fact]
    public async Task A_socket_is_for_its_owner_without_a_token_and_a_dead_one_is_replaced()
    {
        await home.Put("a", [1, 2, 3]);
        using (var server = await ServerProcess.Start(home, "--socket", home.At("s")))
        {
            Assert.Equal("600", (await home.Shell("stat -c %a s")).Text.Trim());
            Assert.Equal("\u0001\u0002\u0003", (await home.Shell("curl -sf --unix-socket s http://x/api/v1/snapshots/a@latest")).Succeeded().Text);
            await server.Signal("KILL");
        }

        using var again = await ServerProcess.Start(home, "--socket", home.At("s"));
        (await home.Shell("curl -sf --unix-socket s http://x/healthz")).Succeeded();
    }

    [Fact]
    public async Task A_file_where_the_socket_should_be_is_left_alone()
    {
        await home.Put("a", [1]);
        home.Write("notes", "mine"u8.ToArray());
        (await home.Run("serve", "--socket", home.At("notes"))).FailedWith(7, "already in use");
        Assert.Equal("mine", File.ReadAllText(home.At("notes")));
    }

    [Fact]
    public async Task Told_to_stop_it_lets_a_running_put_finish()
    {
        await home.Put("a", [1]);
        home["T"] = await ServerProcess.Token(home, "all", "put");
        using var server = await ServerProcess.Start(home);
        var put = server.Shell("{ head -c 1000000 /dev/zero; sleep 3; echo end; } | curl -sf -T - -H \"Authorization: Bearer $T\" $S/slow");
        while (home.Repository.Sessions.Length == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        Assert.Equal(0, await server.Signal("TERM"));
        (await put).Succeeded();
        Assert.Equal(1_000_004, (await home.Run("show", "slow", "--json")).Json.GetProperty("length").GetInt64());
    }

    [Theory]
    [InlineData("60s")]
    [InlineData("0s")] // cut at once: what it does is still done to its end
    public async Task Told_to_stop_it_lets_a_tag_be_written(string within)
    {
        await home.Put("a", [1]);
        home["M"] = await ServerProcess.Token(home, "m", "list,maintain");
        using var server = await ServerProcess.Start(home, "--stop-within", within);

        // Labels that are none, and long: whoever looks for a snapshot reads them all, for some seconds.
        (await server.Shell("""
            labels=data/streamback/labels; truncate -s 4M none
            link() { for ((i = $1; i < $2; i++)); do ln none $labels/$(printf %064x $i); done; }
            find() { curl -sf -o /dev/null -w '%{time_total}' -H "Authorization: Bearer $M" $A/api/v1/snapshots/a@latest/info; }
            link 0 50; find > /dev/null; link 50 $(find | awk '{ print 50 + int(50 * 4 / $1) }')
            """)).Succeeded();
        var tag = server.Shell("""curl -s -o /dev/null -w '%{http_code}' -d '{"add":["late"]}' -H "Authorization: Bearer $M" $A/api/v1/snapshots/a@latest/tags""");
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(tag.IsCompleted, "the tag was there too soon for this test");
        Assert.Equal(0, await server.Signal("TERM"));
        Assert.Equal(within == "0s" ? "000" : "204", (await tag).Text);
        (await home.Shell("find data/streamback/labels -size +1M -delete")).Succeeded();
        Assert.Contains("late", (await home.Run("show", "a", "--json")).Succeeded().Text, StringComparison.Ordinal);
    }

    private const string MakeCertificate =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem 2>/dev/null";
}
