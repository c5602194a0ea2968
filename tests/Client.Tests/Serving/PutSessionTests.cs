using System.Diagnostics;
using System.Text.Json;
using StreamBack.Client.Tests.Harness;

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
        for (var cut = 50; cut < 1500; cut += 150)
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
        put.StandardInput.BaseStream.Write(File.ReadAllBytes(home.At("in")).AsSpan(24 * Megabyte));
        put.StandardInput.Close();
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
