using System.Text;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What holds for HTTP holds for the verbs and the request lines of <c>serve --stdio</c> as well: quotas, damage, limits; and what this machine's user has configured does not.</summary>
public sealed class ForcedLimitsTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task A_forced_put_counts_in_the_quota()
    {
        await home.Put("seed", [9]);
        string[] serve = ["serve", "--stdio", "--allow", "put", "--prefix", "web1/", "--quota", "1MB"];
        (await Forced("streamback put web1/a", Bytes.Random(700_000, 1), serve)).Succeeded();
        (await Forced("streamback put web1/b", Bytes.Random(700_000, 2), serve)).FailedWith(8, "Over quota");
        (await Forced("streamback put web1/b --dry-run", Bytes.Random(700_000, 2), serve)).Succeeded();
        (await Forced("streamback put web1/b", Bytes.Random(200_000, 3), serve)).Succeeded();
        Assert.Equal(2, (await home.Run("list", "web1/", "--json")).Lines.Length);
    }

    [Fact]
    public async Task Nothing_that_the_users_configuration_says_is_done_for_a_client()
    {
        await home.Put("seed", [9]);
        home.Write("config/streamback/config.yml", Encoding.UTF8.GetBytes($"""
            default: vault
            repositories:
              vault:
                location: https://127.0.0.1:1
                spool: {home.At("spool")}
                limitRate: 1
            """));
        string[] serve = ["--repository", home.Repository.Folder, "serve", "--stdio"];
        (await Forced("streamback put web1/a", Bytes.Random(100_000, 1), serve)).Succeeded();
        Assert.Equal(Bytes.Random(100_000, 1), (await Forced("streamback get web1/a", [], serve)).Succeeded().Output);
        (await Forced("streamback list", [], serve)).Succeeded();
        Assert.False(Directory.Exists(home.At("spool")));
    }

    [Fact]
    public async Task Damage_is_remembered_whichever_way_it_was_found_and_forgotten_once_it_is_mended()
    {
        await home.Put("hurt", Bytes.Random(300_000, 2));
        var bundle = home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        var middle = new FileInfo(bundle).Length / 2;
        RepositoryFiles.Flip(bundle, middle);
        Assert.Equal("200", await Head());

        // Found by a verb, by a line, and told by both, without a byte.
        Assert.Equal(3, (await Forced("streamback get hurt", [], "serve", "--stdio")).ExitCode);
        Assert.Equal("500", await Head());
        (await Forced("streamback get hurt", [], "serve", "--stdio")).FailedWith(3, "");
        (await Line("get hurt")).FailedWith(3, "");
        RepositoryFiles.Flip(bundle, middle);
        Assert.Equal(300_000, (await Line("get hurt")).Succeeded().Output.Length);
        Assert.Equal("200", await Head());

        RepositoryFiles.Flip(bundle, middle);
        Assert.Equal(3, (await Line("get hurt")).ExitCode);
        Assert.Equal("500", await Head());
        RepositoryFiles.Flip(bundle, middle);
        (await Forced("streamback check --read-data", [], "serve", "--stdio")).Succeeded();
        Assert.Equal("200", await Head());
    }

    [Fact]
    public async Task What_runs_for_too_long_is_ended_and_nothing_is_kept()
    {
        await home.Put("seed", [9]);
        const string Serve = "streamback serve --stdio --session-age 1s";
        (await home.Shell("until test -e go; do sleep 0.05; done | { SSH_ORIGINAL_COMMAND='streamback put slow' " + Serve + "; code=$?; touch go; exit $code; }")).FailedWith(4, "longer than");
        File.Delete(home.At("go"));
        Assert.Equal("422", (await home.Shell($$"""
            { printf 'PUT /api/v1/snapshots/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx'; until test -e go; do sleep 0.05; done; } | {{Serve}} | { read -r version status rest; touch go; echo -n $status; }
            """)).Succeeded().Text);
        (await home.Run("list", "slow")).FailedWith(5, "slow");
    }

    [Theory]
    [InlineData("--max-connections=5", "--max-connections makes no sense with --stdio")]
    [InlineData("--max-streams=5", "--max-streams makes no sense with --stdio")]
    [InlineData("--max-waiting=5", "--max-waiting makes no sense with --stdio")]
    [InlineData("--host=vault", "--host makes no sense with --stdio")]
    [InlineData("--tls-cert=server.pem", "--tls-cert makes no sense with --stdio")]
    [InlineData("--listen=http://127.0.0.1:0", "--listen makes no sense with --stdio")]
    [InlineData("--socket=socket", "--socket makes no sense with --stdio")]
    [InlineData("--max-rate=1", "the body rate")]
    [InlineData("--patience=0s", "the patience")]
    [InlineData("--session-age=0s", "the session age")]
    [InlineData("--log-level=all", "--log-level")]
    public async Task What_makes_no_sense_over_pipes_is_refused(string flag, string says)
    {
        await home.Put("seed", [9]);
        (await home.Feed("get seed\n"u8.ToArray(), "serve", "--stdio", flag)).FailedWith(2, says);
    }

    [Fact]
    public async Task A_rate_slows_and_breaks_nothing()
    {
        await home.Put("seed", Bytes.Random(100_000, 1));
        string[] serve = ["serve", "--stdio", "--max-rate", "400kB", "--log-level", "debug"];
        Assert.Equal(Bytes.Random(100_000, 1), (await home.Feed("get seed\n"u8.ToArray(), serve)).Succeeded().Output);
        Assert.Equal(Bytes.Random(100_000, 1), (await Forced("streamback get seed", [], serve)).Succeeded().Output);
        (await Forced("streamback put again", Bytes.Random(100_000, 2), serve)).Succeeded();
        Assert.Equal(Bytes.Random(100_000, 2), (await home.Run("get", "again")).Succeeded().Output);
        var told = await Feed("GET /api/v1/snapshots HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", serve);
        Assert.Contains("/api/v1/snapshots 200", told.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_and_tag_need_what_finds_the_snapshot_as_well()
    {
        await home.Put("seed", [9]);
        (await Forced("streamback tag seed x", [], "serve", "--stdio", "--allow", "maintain")).FailedWith(6, "needs get");
        (await Forced("streamback tag seed x", [], "serve", "--stdio", "--allow", "maintain,get")).Succeeded();
        (await Forced("streamback tag seed y", [], "serve", "--stdio", "--allow", "maintain,list")).Succeeded();
        (await Forced("streamback show seed", [], "serve", "--stdio", "--allow", "maintain")).FailedWith(6, "needs get");
        (await Forced("streamback show seed", [], "serve", "--stdio", "--allow", "get")).Succeeded();
    }

    [Fact]
    public async Task A_client_that_hangs_up_early_is_nothing_to_tell()
    {
        await home.Put("seed", Bytes.Random(8_000_000, 1));
        var answer = await home.Shell("""
            { printf 'GET /api/v1/snapshots/seed@latest HTTP/1.1\r\nHost: x\r\n\r\n'; until test -e ended; do sleep 0.05; done; } | { streamback serve --stdio 2> errors; touch ended; } | head -c 1000
            cat errors >&2
            """);
        Assert.Equal((1000, ""), (answer.Output.Length, answer.Errors));
    }

    private Task<Answer> Forced(string command, byte[] input, params string[] serve)
    {
        home["SSH_ORIGINAL_COMMAND"] = command;
        var running = home.Feed(input, serve);
        home["SSH_ORIGINAL_COMMAND"] = null;
        return running;
    }

    private Task<Answer> Line(string line) => Feed(line + "\n", "serve", "--stdio");

    private Task<Answer> Feed(string text, params string[] serve) => home.Feed(Encoding.ASCII.GetBytes(text), serve);

    private async Task<string> Head() =>
        Encoding.ASCII.GetString((await Feed("HEAD /api/v1/snapshots/hurt@latest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "serve", "--stdio")).Output).Split(' ')[1];
}
