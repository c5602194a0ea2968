using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Puts that ask before they send, and go on when their connection or their server is lost.</summary>
public sealed class PutSessionTests : IAsyncLifetime, IDisposable
{
    private const int Megabyte = 1_000_000;

    /// <summary>Bytes that may be sent again after a lost connection.</summary>
    private const long MostAgain = 64 << 20;

    private readonly Home home = new();
    private ServerProcess server = null!;
    private CuttingRelay relay = null!;
    private string where = "";

    public async Task InitializeAsync()
    {
        await home.Put("seed", [9, 9, 9]);
        home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "all", "put,get,list,maintain");
        server = await ServerProcess.Start(home);
        relay = new CuttingRelay(server.Address);
        home["AWAY"] = where = relay.Address; // not STREAMBACK_REPOSITORY: servers and tokens are of the one that is here
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        relay?.Dispose();
        server?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task A_tar_that_is_there_already_moves_less_than_a_hundredth_of_it()
    {
        home.Write("in", Bytes.Random(30 * Megabyte, 1));
        (await home.Shell("tar c in > in.tar && streamback --repository $AWAY put big < in.tar")).Succeeded();
        var before = relay.BytesToServer + relay.BytesToClient;
        (await home.Shell("streamback --repository $AWAY put big < in.tar && streamback --repository $AWAY get big@-1 | cmp - in.tar")).Succeeded();
        var moved = relay.BytesToServer + relay.BytesToClient - before - new FileInfo(home.At("in.tar")).Length; // the get
        Assert.InRange(moved, 1, 30 * Megabyte / 100);
        Assert.Equal(2, (await Snapshots("big")).Count);
    }

    [Fact]
    public async Task What_is_known_behind_much_that_is_new_is_noticed_and_stored_once()
    {
        var known = Bytes.Random(40 * Megabyte, 5);
        await home.Put("known", known);
        byte[] stream = [.. Bytes.Random(60 * Megabyte, 6), .. known, .. Bytes.Random(20 * Megabyte, 7)];
        home.Write("in", stream);
        var put = (await home.Shell("streamback --repository $AWAY put woven --raw --json < in")).Succeeded().Json;
        Assert.InRange(relay.BytesToServer, 80 * Megabyte, 110 * Megabyte);
        Assert.InRange(put.GetProperty("newChunkBytes").GetInt64(), 80 * Megabyte, 81 * Megabyte);
        (await home.Shell("streamback get woven | cmp - in")).Succeeded();
    }

    [Fact]
    public async Task What_is_new_goes_compressed_over_a_slow_line_and_in_the_plain_way_all_of_it()
    {
        (await home.Shell($"seq 5000000 > text; streamback --repository $AWAY put text --limit-rate 20M < text && streamback get text | cmp - text")).Succeeded();
        var length = new FileInfo(home.At("text")).Length;
        Assert.InRange(relay.BytesToServer, 1, length / 2);
        var before = relay.BytesToServer;
        (await home.Shell("streamback --repository $AWAY put text --stream < text")).Succeeded();
        Assert.InRange(relay.BytesToServer - before, length / 10, 2 * length); // compressed or not
    }

    [Theory]
    [InlineData("put,get,list")]
    [InlineData("put,list")]
    public async Task A_put_from_a_pipe_goes_on_after_its_connection_was_cut(string allow)
    {
        home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "cut", allow);
        home.Write("in", Bytes.Random(60 * Megabyte, 2));
        relay.CutAfter = (ToServer: 9 * Megabyte, ToClient: null);
        relay.CutsLeft = 3;
        var put = (await home.Shell("cat in | streamback --repository $AWAY put big --json")).Succeeded();
        Assert.Equal(3, relay.Cuts);
        Assert.Contains("trying again", put.Errors, StringComparison.Ordinal);
        Assert.InRange(relay.BytesToServer, 60 * Megabyte, (60 * Megabyte) + MostAgain);
        await AssertOne("big");
    }

    [Fact]
    public async Task An_answer_that_is_cut_makes_no_second_snapshot()
    {
        home.Write("in", Bytes.Random(Megabyte, 3));
        for (var cut = 50; cut < 1500; cut += Tier.All ? 150 : 350)
        {
            relay.CutAfter = (ToServer: null, ToClient: cut);
            relay.CutsLeft = 2;
            var put = await home.Shell($"cat in | streamback --repository $AWAY put cut{cut} --retry-for 10s --json");
            if (put.ExitCode == 0)
                Assert.Single(await Snapshots($"cut{cut}"));
        }

        foreach (var group in (await Snapshots("")).GroupBy(snapshot => snapshot.GetProperty("name").GetString()))
            Assert.Single(group);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task A_put_goes_on_after_its_server_was_restarted(string signal)
    {
        using var put = await HalfPut("put", "big", "--retry-for", "60s");
        if (signal == "KILL")
        {
            await server.Signal("KILL");
        }
        else
        {
            await server.Send("TERM"); // waits for the put, which waits for its source
            await Task.Delay(200);
            await server.Signal("KILL");
        }

        server.Dispose();
        server = await ServerProcess.Start(home, "--listen", server.Address);
        Finish(put);
        Assert.True(await Ended(put) == 0, await put.StandardError.ReadToEndAsync());
        await AssertOne("big");
    }

    [Fact]
    public async Task Without_a_right_to_read_a_restart_ends_the_put_and_keeps_nothing()
    {
        home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "putter", "put,list");
        using var put = await HalfPut("put", "big", "--retry-for", "60s");
        await server.Signal("KILL");
        server.Dispose();
        server = await ServerProcess.Start(home, "--listen", server.Address);
        Finish(put);
        Assert.Equal(1, await Ended(put));
        Assert.Contains("no longer has", await put.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Empty(await Snapshots("big"));
    }

    [Fact]
    public async Task When_the_server_stays_away_the_put_says_so()
    {
        using var put = await HalfPut("put", "big", "--retry-for", "3s");
        await server.Signal("KILL");
        Finish(put);
        Assert.Equal(1, await Ended(put));
        Assert.Contains("connection", await put.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_ssh_a_put_goes_on_in_another_ssh()
    {
        using var far = await SshServer.Start(home);
        where = "ssh://host" + home.At("data/streamback");
        using var put = await HalfPut("put", "big", "--retry-for", "60s");
        (await home.Shell($"pkill -KILL -f -- 'streamback.*{home.At("data/streamback")}.* serve --stdio'")).Succeeded();
        Finish(put);
        Assert.True(await Ended(put) == 0, await put.StandardError.ReadToEndAsync());
        await AssertOne("big");
    }

    [Fact]
    public async Task A_session_is_its_owners_and_nobody_elses()
    {
        var (own, other) = (await ServerProcess.Token(home, "own", "put,get"), await ServerProcess.Token(home, "other", "put,get"));
        var id = (await server.Shell($"curl -sf -X POST -H 'Authorization: Bearer {own}' \"$A/api/v1/sessions?name=x&mode=chunks\"")).Succeeded().Json.GetProperty("id").GetString();
        Assert.Equal(200, await server.Status(own, $"$A/api/v1/sessions/{id}"));
        Assert.Equal(404, await server.Status(other, $"$A/api/v1/sessions/{id}"));
        Assert.Equal(404, await server.Status(own, $"$A/api/v1/sessions/{new string('0', 32)}"));
        Assert.Equal(404, await server.Status(own, "$A/api/v1/sessions/..%2f..%2ftokens"));
        Assert.Equal(200, await server.Status(own, $"$A/api/v1/sessions/{id}"));
        Assert.Equal(204, await server.Status(own, $"-X DELETE $A/api/v1/sessions/{id}"));
        Assert.Equal(404, await server.Status(own, $"$A/api/v1/sessions/{id}"));
    }

    [Theory]
    [InlineData("chunks")]
    [InlineData("stream")]
    public async Task A_session_whose_beginning_was_not_heard_of_is_begun_once(string mode)
    {
        home["T"] = await ServerProcess.Token(home, "own", "put,get");
        home["U"] = await ServerProcess.Token(home, "other", "put,get");
        home["M"] = await ServerProcess.Token(home, "m", "maintain");
        (await server.Shell($$"""
            begin() { curl -s -o begun -w '%{http_code}' -X POST -H "Authorization: Bearer $1" "$A/api/v1/sessions?name=$2&mode={{mode}}&id=$3"; }
            puts() { curl -s -H "Authorization: Bearer $M" $A/metrics | sed -n 's/^streamback_streams_running{kind="put"} //p'; }
            id=0123456789abcdef0123456789abcdef
            test $(begin $T x $id) = 201 && grep -q '"id":"'$id'"' begun || exit 1
            test $(begin $T x $id) = 201 && test $(begin $T x $id) = 201 && test "$(puts)" = 1 || exit 2
            test $(begin $T y $id) = 400 && test $(begin $U x $id) = 404 && test $(begin $T x ../$id) = 400 && test $(begin $T x "") = 400 || exit 3
            test "$(puts)" = 1 && curl -sf -X DELETE -H "Authorization: Bearer $T" $A/api/v1/sessions/$id && test "$(puts)" = 0 || exit 4
            """)).Succeeded();
    }

    [Fact]
    public async Task An_answer_to_the_beginning_that_is_lost_holds_no_turn()
    {
        home.Write("in", Bytes.Random(Megabyte, 3));
        var goneOnWith = 0;
        for (var cut = 200; cut < 1000; cut += 100)
        {
            relay.CutAfter = (ToServer: null, ToClient: cut);
            relay.CutsLeft = 1;
            var put = await home.Shell("streamback --repository $AWAY put lost < in"); // what comes before the session is not tried again
            goneOnWith += put.ExitCode == 0 && put.Errors.Contains("trying again", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.NotEqual(0, goneOnWith);

        home["M"] = await ServerProcess.Token(home, "m", "maintain");
        Assert.Contains("streamback_streams_running{kind=\"put\"} 0\n", (await server.Shell("curl -s -H \"Authorization: Bearer $M\" $A/metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_is_asked_for_again_counts_once()
    {
        home["T"] = await ServerProcess.Token(home, "own", "put,get");
        home["M"] = await ServerProcess.Token(home, "m", "maintain");
        (await server.Shell("""
            ask() { curl -sf -X POST -H "Authorization: Bearer $T" "$A/api/v1/sessions$1" "${@:2}"; }
            id=0123456789abcdef0123456789abcdef
            ask "?name=x&mode=stream&id=$id" > begun && printf '\004\005\000\000\000hello' | ask "/$id/records?first=0" --data-binary @- || exit 1
            end="{\"sha256\":\"$(printf hello | sha256sum | cut -c1-64)\",\"length\":5}"
            ask "/$id/commit?first=1" -d "$end" > first && ask "/$id/commit?first=1" -d "$end" > again && cmp first again || exit 2
            stored=$(sed 's/.*"storedBytes":\([0-9]*\).*/\1/' first)
            curl -sf -H "Authorization: Bearer $M" $A/metrics | grep -x "streamback_stored_bytes_total $stored"
            """)).Succeeded();
    }

    [Fact]
    public async Task Who_may_read_less_than_at_the_beginning_is_told_of_no_more_than_that()
    {
        await home.Put("web1/a", Bytes.Random(3000, 1));
        await home.Put("web2/a", Bytes.Random(3000, 2));
        await home.Put("web2/b", Bytes.Random(3000, 3));
        var token = await ServerProcess.Token(home, "own", "put,get", "web1/", "web2/");
        const string id = "0123456789abcdef0123456789abcdef";
        Assert.Equal(201, await server.Status(token, $"-X POST \"$A/api/v1/sessions?name=web1/b&mode=chunks&id={id}\""));
        Assert.Equal(0, await Missing(token, id, 3)); // it is of the put now, and remains there for it
        (await home.Run("token", "revoke", "own")).Succeeded();
        token = await ServerProcess.Token(home, "own", "put,get", "web1/");
        Assert.Equal((0, 1), (await Missing(token, id, 1), await Missing(token, id, 2)));
    }

    // Asks for one chunk, and forgets that it did if it is not there.
    private async Task<int> Missing(string token, string id, int seed)
    {
        var bytes = Bytes.Random(3000, seed);
        var ask = RecordFormat.WriteAsk(Lane.Payload, [bytes.Length], SHA256.HashData(bytes));
        home.Write("ask", [(byte)RecordKind.Ask, .. BitConverter.GetBytes(ask.Length), .. ask]);
        var request = $"curl -sf -H 'Authorization: Bearer {token}' $A/api/v1/sessions/{id}";
        var state = (await server.Shell($"first=$({request} | sed 's/.*\"batches\":\\([0-9]*\\).*/\\1/'); {request}/records?first=$first --data-binary @ask")).Succeeded().Json;
        return state.GetProperty("missing").GetBytesFromBase64()[0];
    }

    [Fact]
    public async Task Who_may_not_read_is_not_told_how_streams_are_cut()
    {
        var token = await ServerProcess.Token(home, "putter", "put");
        Assert.Equal(403, await server.Status(token, "-X POST \"$A/api/v1/sessions?name=x&mode=chunks\""));
        var begun = (await server.Shell($"curl -sf -X POST -H 'Authorization: Bearer {token}' \"$A/api/v1/sessions?name=x&mode=stream\"")).Succeeded().Text;
        Assert.DoesNotContain("gearTable", begun, StringComparison.Ordinal);
    }

    // Half of a stream is sent, and the source waits.
    private async Task<Process> HalfPut(params string[] arguments)
    {
        home.Write("in", Bytes.Random(40 * Megabyte, 4));
        var put = home.Start(Home.Executable, ["--repository", where, .. arguments]);
        await put.StandardInput.BaseStream.WriteAsync(File.ReadAllBytes(home.At("in")).AsMemory(0, 24 * Megabyte));
        await Task.Delay(TimeSpan.FromSeconds(1));
        return put;
    }

    private void Finish(Process put)
    {
        try
        {
            put.StandardInput.BaseStream.Write(File.ReadAllBytes(home.At("in")).AsSpan(24 * Megabyte));
            put.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already; how, is for who waits to see.
        }
    }

    private static async Task<int> Ended(Process put)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await put.WaitForExitAsync(patience.Token);
        return put.ExitCode;
    }

    private async Task AssertOne(string name)
    {
        Assert.Single(await Snapshots(name));
        (await home.Shell($"streamback get {name} | cmp - in && streamback check --read-data")).Succeeded();
    }

    private async Task<List<JsonElement>> Snapshots(string name) =>
        [.. (await home.Run("list", "--json")).Succeeded().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(snapshot => name.Length == 0 || snapshot.GetProperty("name").GetString() == name)];
}
