using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>The client, the same however it reaches the repository: in a folder, over HTTP, over TLS, on ssh.</summary>
public sealed class RemoteTests : IDisposable
{
    private readonly Home home = new();
    private readonly List<IDisposable> ends = [];
    private string address = "";

    public void Dispose()
    {
        ends.ForEach(end => end.Dispose());
        home.Dispose();
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("ssh")]
    public async Task A_tar_goes_there_and_comes_back(string way)
    {
        await Reach(way);
        await Tars.MakeTree(home);
        (await home.Shell("""
            set -e
            tar cS tree | tee in.tar | streamback put web1/etc --tag daily --json > put.json
            streamback get web1/etc | cmp - in.tar
            streamback get web1/etc@-1 | tar d
            streamback get web1/etc -o out.tar && cmp out.tar in.tar
            """)).Succeeded();
        var list = (await home.Run("list", "web1/", "--json")).Succeeded().Json;
        Assert.Equal(("web1/etc", "tar", "daily"), (list.GetProperty("name").GetString(), list.GetProperty("kind").GetString(), list.GetProperty("tags")[0].GetString()));
        var show = (await home.Run("show", "web1/etc", "--json")).Succeeded().Json;
        Assert.Equal(list.GetProperty("id").GetString(), show.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("http")]
    [InlineData("ssh")]
    public async Task A_file_that_broke_off_is_gone_on_with(string way)
    {
        await Reach(way);
        home.Write("in", Bytes.Random(3_000_000, 1));
        var id = (await home.Shell("streamback put big --json < in")).Succeeded().Json.GetProperty("id").GetString()!;
        (await home.Shell($"head -c 1000001 in > out.{id[..8]}.partial && streamback get big -o out && cmp in out")).Succeeded();
        (await home.Shell($"cp in out2.{id[..8]}.partial && streamback get big -o out2 && cmp in out2")).Succeeded();
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("http")]
    [InlineData("ssh")]
    public async Task Every_failure_has_its_exit_code(string way)
    {
        await Reach(way);
        (await home.Feed(Tars.Small[..4000], "put", "cut")).FailedWith(4, "nothing was kept");
        (await home.Run("put", "empty")).FailedWith(4, "nothing was kept");
        (await home.Run("get", "none")).FailedWith(5, "'none'");
        (await home.Run("show", "seed@aaaaaa")).FailedWith(5, "aaaaaa");
        var failed = await home.Run("put", "command", "--", "sh", "-c", "echo x; exit 3");
        Assert.Equal(4, failed.ExitCode);
        (await home.Run("show", "command")).FailedWith(5, "'command'");
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("http")]
    [InlineData("ssh")]
    public async Task Tags_check_and_stats_work(string way)
    {
        await Reach(way);
        (await home.Run("tag", "seed", "kept")).Succeeded();
        Assert.Contains("#kept", (await home.Run("list")).Succeeded().Text, StringComparison.Ordinal);
        (await home.Run("check", "--read-data")).Succeeded();
        Assert.Equal(1, (await home.Run("stats", "--json")).Succeeded().Json.GetProperty("snapshots").GetInt32());
    }

    [Fact]
    public async Task A_put_only_token_puts_and_gets_nothing()
    {
        await Reach("http");
        await BeWho("putter", "put", "web1/");
        var put = (await home.Feed([1, 2], "put", "web1/x")).Succeeded();
        Assert.DoesNotContain("stored", put.Errors, StringComparison.Ordinal);
        (await home.Run("get", "web1/x")).FailedWith(6, "403");
        (await home.Run("list")).FailedWith(6, "Not allowed");
        (await home.Feed([1, 2], "put", "web2/x")).FailedWith(6, "web2/x");
    }

    [Fact]
    public async Task A_get_only_token_gets()
    {
        await Reach("http");
        await BeWho("getter", "get");
        Assert.Equal([9, 9, 9], (await home.Run("get", "seed")).Succeeded().Output);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", 1, "connection")]
    [InlineData("http://192.0.2.1:8420", 2, "https://")]
    [InlineData("http://127.0.0.1:1/path", 2, "no server's address")]
    [InlineData("ssh://", 2, "no place that ssh reaches")]
    [InlineData("ssh://-oProxyCommand=x", 2, "no place that ssh reaches")]
    [InlineData("ssh://host:x/", 2, "no place that ssh reaches")]
    [InlineData("sftp://host/path", 2, "sftp://")]
    [InlineData("user@host:/path", 2, "ssh://")]
    public async Task A_location_that_is_none_or_away_is_one_clear_error(string location, int exitCode, string says)
    {
        home["STREAMBACK_REPOSITORY"] = location;
        (await home.Run("list")).FailedWith(exitCode, says);
    }

    [Fact]
    public async Task An_unknown_certificate_is_refused()
    {
        await Reach("https");
        home["SSL_CERT_FILE"] = null;
        (await home.Run("list")).FailedWith(1, "certificate");

        // It is not away: nothing is tried again, and no stream waits for it.
        (await home.Feed([1], "put", "x", "--retry-for", "1h", "--spool", "spool")).FailedWith(1, "certificate");
        Assert.Empty(Directory.EnumerateFiles(home.At("spool")));
    }

    [Fact]
    public async Task What_needs_the_repositorys_own_machine_says_so()
    {
        await Reach("http");
        (await home.Run("key", "show")).FailedWith(2, "own machine");
    }

    [Fact]
    public async Task Streams_go_through_ssh_with_nothing_on_this_side()
    {
        await Reach("ssh");
        await Tars.MakeTree(home);
        (await home.Shell("tar cS tree | tee in.tar | ssh host streamback put web1/etc && ssh host streamback get web1/etc | cmp - in.tar")).Succeeded();
    }

    [Theory]
    [InlineData("restore-files --transfermode=tar /web1/etc/latest")]
    [InlineData("restore-files --transfermode=tar /web1/etc")]
    [InlineData("get web1/etc")]
    [InlineData("get web1%2Fetc@-1")]
    public async Task A_request_line_over_ssh_gives_the_stream(string line)
    {
        await Reach("ssh");
        await Tars.MakeTree(home);
        (await home.Shell($"tar cS tree | tee in.tar | streamback put web1/etc && echo '{line}' | ssh host streamback serve --stdio | cmp - in.tar")).Succeeded();
    }

    [Theory]
    [InlineData("get none", 5, "'none'")]
    [InlineData("get seed part", 9, "whole streams")]
    [InlineData("restore-files /seed", 2, "A request line is")]
    [InlineData("restore-files --transfermode=tar seed", 2, "slash")]
    [InlineData("get ../etc", 2, "'../etc'")]
    [InlineData("get %zz", 2, "'%zz'")]
    [InlineData("rm -rf /", 2, "neither HTTP nor a request line")]
    public async Task A_refused_request_line_writes_not_one_byte(string line, int exitCode, string says)
    {
        await home.Put("seed", [9, 9, 9]);
        (await home.Feed(System.Text.Encoding.ASCII.GetBytes(line + "\n"), "serve", "--stdio")).FailedWith(exitCode, says);
    }

    [Fact]
    public async Task A_request_line_keeps_to_what_is_allowed()
    {
        await home.Put("web1/a", [1]);
        await home.Put("web2/a", [2]);
        Assert.Equal([1], (await home.Feed("get web1/a\n"u8.ToArray(), "serve", "--stdio", "--allow", "get", "--prefix", "web1/")).Succeeded().Output);
        (await home.Feed("get web2/a\n"u8.ToArray(), "serve", "--stdio", "--allow", "get", "--prefix", "web1/")).FailedWith(6, "web2/a");
        (await home.Feed("get web1/a\n"u8.ToArray(), "serve", "--stdio", "--allow", "put,list")).FailedWith(6, "get");
    }

    private async Task BeWho(string name, string allow, params string[] prefixes)
    {
        home["STREAMBACK_REPOSITORY"] = null;
        home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, name, allow, prefixes);
        home["STREAMBACK_REPOSITORY"] = address;
    }

    private async Task Reach(string way)
    {
        await home.Put("seed", [9, 9, 9]);
        switch (way)
        {
            case "http":
                await Serve("http://127.0.0.1:0");
                break;
            case "https":
                (await home.Shell(
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem 2>/dev/null")).Succeeded();
                await Serve("https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
                home["SSL_CERT_FILE"] = home.At("server.pem");
                break;
            case "ssh":
                ends.Add(await SshServer.Start(home));
                home["STREAMBACK_REPOSITORY"] = "ssh://host" + home.At("data/streamback");
                break;
            default:
                break;
        }
    }

    private async Task Serve(string url, params string[] options)
    {
        home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "all", "put,get,list,maintain");
        var server = await ServerProcess.Start(home, ["--listen", url, .. options]);
        ends.Add(server);
        home["STREAMBACK_REPOSITORY"] = address = server.Address;
    }
}
