using System.Diagnostics;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Puts whose server is away: kept, and delivered later.</summary>
public sealed class SpoolTests : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Home home = new();
    private readonly List<IDisposable> ends = [];
    private string address = "";

    public void Dispose()
    {
        ends.ForEach(end => end.Dispose());
        home.Dispose();
    }

    [Fact]
    public async Task A_server_killed_in_the_middle_of_a_put_from_a_pipe_gets_it_later_once()
    {
        var server = await Serve();
        await Tars.MakeTree(home);
        var tar = (await home.Shell("tar cS tree | tee in.tar")).Succeeded().Output;
        var put = home.Start(Home.Executable, "put", "web1/etc", "--spool", "spool", "--json", "--tag", "nightly", "--retry-for", "1s");
        await put.StandardInput.BaseStream.WriteAsync(tar.AsMemory(0, tar.Length / 2));
        await put.StandardInput.BaseStream.FlushAsync();
        await Until(() => Streams.Sum(file => new FileInfo(file).Length) == tar.Length / 2);

        // The put waits for its source just now.
        await server.Signal("KILL");
        var answer = await Home.Finish(put, tar[(tar.Length / 2)..]);
        Assert.Equal(10, answer.ExitCode);
        Assert.Contains("\"error\":\"spooled\"", answer.Errors, StringComparison.Ordinal);
        var spooled = answer.Json.GetProperty("spooled");
        Assert.Equal(("web1/etc", tar.Length), (spooled.GetProperty("name").GetString(), spooled.GetProperty("length").GetInt32()));
        Assert.Equal(tar, File.ReadAllBytes(spooled.GetProperty("file").GetString()!));
        Assert.Equal("700 600 600", (await home.Shell("echo $(stat -c %a spool spool/*.json spool/*.stream)")).Succeeded().Text.Trim());

        await Serve(address);
        (await home.Run("show", "web1/etc")).FailedWith(5, "'web1/etc'");
        (await home.Run("spool", "flush", "spool")).Succeeded();
        Assert.Equal(tar, (await home.Run("get", "web1/etc")).Succeeded().Output);
        var list = Assert.Single((await home.Run("list", "web1/etc", "--json")).Succeeded().Lines);
        Assert.Contains("nightly", list, StringComparison.Ordinal);
        Assert.Equal(spooled.GetProperty("taken").GetDateTime(), (await home.Run("show", "web1/etc", "--json")).Succeeded().Json.GetProperty("time").GetDateTime(), TimeSpan.FromSeconds(1));
        Assert.Empty(Streams);
    }

    [Fact]
    public async Task Streams_put_while_the_server_is_away_come_in_the_order_in_which_they_were_taken()
    {
        await Serve();
        await Away();
        var first = await home.Feed([1, 2, 3], "put", "db", "--spool", "spool");
        first.FailedWith(10, "streamback spool flush " + home.At("spool"));
        (await home.Run("put", "db", "--spool", "spool", "--", "printf", "later")).FailedWith(10, "db, 5 B, is safe");
        Assert.Equal(2, (await home.Run("spool", "list", "spool")).Succeeded().Lines.Length);
        (await home.Run("spool", "flush", "spool")).FailedWith(10, "stays in");
        Assert.Equal(2, Streams.Length);

        await Serve(address);
        (await home.Run("spool", "flush", "spool")).Succeeded();
        Assert.Equal("later"u8.ToArray(), (await home.Run("get", "db")).Succeeded().Output);
        Assert.Equal([1, 2, 3], (await home.Run("get", "db@-2")).Succeeded().Output);
        Assert.Equal("printf", (await home.Run("show", "db", "--json")).Succeeded().Json.GetProperty("command")[0].GetString());
        Assert.Empty((await home.Run("spool", "list", "spool")).Succeeded().Lines);
    }

    [Fact]
    public async Task What_is_not_whole_is_not_spooled()
    {
        await Serve();
        await Away();
        (await home.Run("put", "db", "--spool", "spool", "--", "sh", "-c", "echo half; exit 3")).FailedWith(4, "sh exited with 3");
        (await home.Feed(Tars.Small[..4000], "put", "t", "--spool", "spool")).FailedWith(4, "nothing was kept");
        (await home.Run("put", "t", "--spool", "spool")).FailedWith(4, "empty");
        (await home.Shell("streamback put t --spool spool < .")).FailedWith(1, "cannot be read");
        Assert.Empty(Files);
        (await home.Feed(Tars.Small[..4000], "put", "t", "--spool", "spool", "--allow-truncated")).FailedWith(10, "is safe");
        await Serve(address);
        (await home.Run("spool", "flush", "spool")).Succeeded();
        Assert.Equal((4, Tars.Small[..4000].Length), ((await home.Run("get", "t")).ExitCode, (await home.Run("get", "t")).Output.Length));
    }

    [Fact]
    public async Task A_source_that_fails_while_the_server_is_there_is_what_it_was()
    {
        await Serve();
        (await home.Run("put", "db", "--spool", "spool", "--", "sh", "-c", "echo half; exit 3")).FailedWith(4, "sh exited with 3");
        (await home.Shell("streamback put t --spool spool < .")).FailedWith(1, "cannot be read");
        (await home.Feed([1, 2, 3], "put", "t", "--spool", "spool")).Succeeded();
        Assert.Empty(Files);
    }

    [Fact]
    public async Task What_came_before_the_connection_was_lost_is_not_delivered_again()
    {
        await Serve();
        var stream = Bytes.Random(300_000, 1);
        var all = home.Token;
        home.Token = await TokenFor("putter", "put"); // lists nothing: the answer of the commit is the last
        using var relay = Relay(answerBytes: await AnswerBytes(stream) - 100);
        var put = await home.Feed(stream, "put", "db", "--spool", "spool", "--retry-for", "0s");
        Assert.True(put.ExitCode == 10, put.Errors);
        home.Token = all;
        Assert.Single((await home.Run("--repository", address, "list", "db")).Succeeded().Lines);

        // A flush that loses its answer leaves the stream where it is, and so does one after it.
        var other = Bytes.Random(300_000, 2);
        await Away();
        (await home.Feed(other, "put", "db", "--spool", "spool")).FailedWith(10, "is safe");
        await Serve(address);
        var flush = (await home.Run("--repository", address, "spool", "flush", "spool")).Succeeded();
        Assert.Contains("had come before", flush.Errors, StringComparison.Ordinal);
        Assert.Contains("delivered", flush.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await home.Run("--repository", address, "list", "db")).Succeeded().Lines.Length);
        Assert.Equal(other, (await home.Run("--repository", address, "get", "db")).Succeeded().Output);
    }

    [Fact]
    public async Task A_flush_that_is_killed_or_loses_its_answer_delivers_once_in_the_end()
    {
        await Serve();
        await Away();
        var stream = Bytes.Random(3_000_000, 1);
        (await home.Feed(stream, "put", "db", "--spool", "spool")).FailedWith(10, "is safe");
        await Serve(address);
        using (var flush = home.Start(Home.Executable, "spool", "flush", "spool", "--limit-rate", "500K"))
        {
            await Until(() => Entry.Contains("\"began\"", StringComparison.Ordinal));
            (await home.Run("spool", "flush", "spool")).FailedWith(7, "Another flush");
            flush.Kill();
            await flush.WaitForExitAsync();
        }

        // Its answers before that of the put pass: only a connection that carries the stream may be cut.
        using var relay = new CuttingRelay(address) { CutAfter = (1_000_000, null), CutsLeft = 1 };
        (await home.Run("--repository", relay.Address, "spool", "flush", "spool", "--retry-for", "0s")).FailedWith(10, "stays in");
        Assert.Equal(1, relay.Cuts);
        (await home.Run("spool", "flush", "spool")).Succeeded();
        Assert.Single((await home.Run("list", "db")).Succeeded().Lines);
        Assert.Equal(stream, (await home.Run("get", "db")).Succeeded().Output);
    }

    [Fact]
    public async Task A_damaged_stream_is_refused_and_kept_and_the_others_go()
    {
        await Serve();
        await Away();
        (await home.Feed(Bytes.Random(100_000, 1), "put", "a", "--spool", "spool")).FailedWith(10, "is safe");
        (await home.Feed([1, 2], "put", "b", "--spool", "spool")).FailedWith(10, "is safe");
        RepositoryFiles.Flip(Streams[0], 50_000);
        await Serve(address);
        var flush = await home.Run("spool", "flush", "spool");
        Assert.Equal(3, flush.ExitCode);
        Assert.Contains("is damaged", flush.Errors, StringComparison.Ordinal);
        Assert.Single(Streams);
        Assert.Single((await home.Run("list", "b")).Succeeded().Lines);
        (await home.Run("list", "a")).FailedWith(5, "'a'");
    }

    [Fact]
    public async Task A_token_that_may_only_put_delivers_without_the_time_and_what_is_refused_stays()
    {
        await Serve();
        home["STREAMBACK_TOKEN"] = await TokenFor("putter", "put", "web1/");
        await Away();
        (await home.Feed([1], "put", "web2/x", "--spool", "spool")).FailedWith(10, "is safe");
        (await home.Feed([2], "put", "web1/x", "--spool", "spool")).FailedWith(10, "is safe");
        (await home.Feed([3], "put", "web1/y", "--spool", "spool")).FailedWith(10, "is safe");
        await Serve(address);
        var flush = await home.Run("spool", "flush", "spool");
        Assert.Equal(6, flush.ExitCode);
        Assert.Equal(2, flush.Errors.Split("may not say when").Length);
        Assert.Single(Streams);
    }

    [Fact]
    public async Task A_name_has_its_own_spool()
    {
        await Serve();
        await Away();
        Directory.CreateDirectory(home.At("config/streamback"));
        home.Write("config/streamback/config.yml", System.Text.Encoding.UTF8.GetBytes($"repositories:\n  office:\n    location: {address}\n    spool: ~/waiting\ndefault: office\n"));
        home["STREAMBACK_REPOSITORY"] = null;
        (await home.Feed([1, 2], "put", "x")).FailedWith(10, home.At("waiting"));
        Assert.Contains("office", (await home.Run("spool", "list")).Succeeded().Text, StringComparison.Ordinal);
        await Serve(address);
        (await home.Run("--repository", "office", "spool", "flush")).Succeeded();
        Assert.Equal([1, 2], (await home.Run("--repository", "office", "get", "x")).Succeeded().Output);
    }

    [MountFact]
    public async Task A_full_spool_stops_no_put_that_the_server_takes()
    {
        await Serve();
        using var disk = Mount.Temporary(home, "small", 2);
        var stream = Bytes.Random(5_000_000, 1);
        var put = (await home.Feed(stream, "put", "big", "--spool", "small/spool")).Succeeded();
        Assert.Contains("goes on without it", put.Errors, StringComparison.Ordinal);
        Assert.Equal(stream, (await home.Run("get", "big")).Succeeded().Output);
        await Away();
        (await home.Feed(stream, "put", "big", "--spool", "small/spool")).FailedWith(8, "Nothing was kept");
        (await home.Feed([1, 2], "put", "big", "--spool", "small/spool")).FailedWith(10, "is safe");
    }

    [Fact]
    public async Task Wrong_use_is_told()
    {
        await home.Put("seed", [1]);
        (await home.Feed([1], "put", "x", "--spool", "spool")).FailedWith(2, "is a folder of this machine");
        (await home.Run("spool", "flush")).FailedWith(2, "which folder");
        (await home.Run("spool", "flush", "nowhere")).FailedWith(5, "no spool at");
    }

    private string[] Files => Directory.Exists(home.At("spool")) ? [.. Directory.GetFiles(home.At("spool")).Order(StringComparer.Ordinal)] : [];

    private string[] Streams => [.. Files.Where(file => file.EndsWith(".stream", StringComparison.Ordinal))];

    private string Entry => File.ReadAllText(Files.Single(file => file.EndsWith(".json", StringComparison.Ordinal)));

    private static async Task Until(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(Glance))
            Assert.True(waited.Elapsed < Patience, "it does not get there");
    }

    // What a put gets in answers. A name as long as the other's makes them as long.
    private async Task<int> AnswerBytes(byte[] stream)
    {
        using var relay = new CuttingRelay(address);
        (await home.Feed(stream, "--repository", relay.Address, "put", "xy")).Succeeded();
        return (int)relay.BytesToClient;
    }

    private CuttingRelay Relay(int answerBytes)
    {
        var relay = new CuttingRelay(address) { CutAfter = (null, answerBytes), CutsLeft = 1 };
        home["STREAMBACK_REPOSITORY"] = relay.Address;
        return relay;
    }

    private async Task Away()
    {
        await ((ServerProcess)ends[^1]).Signal("KILL");
        home["STREAMBACK_REPOSITORY"] = address;
    }

    private async Task<string> TokenFor(string name, string allow, params string[] prefixes)
    {
        home["STREAMBACK_REPOSITORY"] = null;
        var token = await ServerProcess.Token(home, name, allow, prefixes);
        home["STREAMBACK_REPOSITORY"] = address;
        return token;
    }

    private async Task<ServerProcess> Serve(string listen = "http://127.0.0.1:0")
    {
        home["STREAMBACK_REPOSITORY"] = home.Repository.Folder;
        if (ends.Count == 0)
            (await home.Run("--repository", home.Repository.Folder, "--key-file", home.KeyFile, "init")).Succeeded();
        if (ends.Count == 0)
            home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "all", "put,get,list,maintain");
        var server = await ServerProcess.Start(home, "--listen", listen);
        ends.Add(server);
        home["STREAMBACK_REPOSITORY"] = address = server.Address;
        return server;
    }
}
