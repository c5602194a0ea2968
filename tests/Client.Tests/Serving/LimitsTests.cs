using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What a server allows, and what it says beyond.</summary>
public sealed class LimitsTests : IAsyncLifetime, IDisposable
{
    /// <summary>Begins puts that hold their bodies back until the file <c>go</c> is there.</summary>
    private const string Slow = """
        slow() { { echo begin; until test -e go; do sleep 0.05; done; echo end; } | curl -s -o /dev/null -w "$1 %{http_code}\n" -T - -H "Authorization: Bearer $2" $S/$1; }
        running() { curl -s -H "Authorization: Bearer $M" $A/metrics | sed -n "s/^streamback_streams_$1 //p"; }
        puts() { curl -s -H "Authorization: Bearer $M" $A/metrics | sed -n 's/^streamback_streams_running{kind="put"} //p'; }
        """;

    private readonly Home home = new();

    public async Task InitializeAsync()
    {
        await home.Put("seed", [1, 2, 3]);
        home["M"] = await ServerProcess.Token(home, "m", "maintain");
        home["T"] = await ServerProcess.Token(home, "all", "put,get");
        home["U"] = await ServerProcess.Token(home, "other", "put");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Beyond_the_limit_streams_wait_and_beyond_that_they_are_told_to_come_again()
    {
        using var server = await ServerProcess.Start(home, "--max-streams", "1", "--max-waiting", "1");
        (await server.Shell(Slow + """

            slow a $T > a.out & A1=$!
            until test "$(puts)" = 1; do sleep 0.05; done
            slow b $T > b.out & B1=$!
            until test "$(running waiting)" = 1; do sleep 0.05; done
            echo x | curl -s -D head -o body -T - -H "Authorization: Bearer $U" $S/c
            touch go; wait $A1; wait $B1
            grep -q 'a 201' a.out; grep -q 'b 201' b.out
            grep -q '^HTTP/1.1 503' head; grep -qi '^Retry-After: 30' head; grep -q '"code":"busy"' body
            """)).Succeeded();
        Assert.Equal(["seed"], (await home.Run("list", "--json")).Lines.Select(Name).Except(["a", "b"]));
    }

    [Fact]
    public async Task A_client_that_is_told_to_come_again_does()
    {
        using var server = await ServerProcess.Start(home, "--max-streams", "1", "--max-waiting", "1");
        (await server.Shell(Slow + """

            slow a $T > a.out & A1=$!
            until test "$(puts)" = 1; do sleep 0.05; done
            slow b $T > b.out & B1=$!
            until test "$(running waiting)" = 1; do sleep 0.05; done
            echo x | STREAMBACK_TOKEN=$U streamback --repository $A put c 2> told & C1=$!
            until grep -q 'trying again in 1 s' told; do sleep 0.05; done
            touch go; wait $A1; wait $B1; wait $C1
            """)).Succeeded();
        Assert.Equal(["a", "b", "c"], (await home.Run("list", "--json")).Lines.Select(Name).Except(["seed"]).Order());
    }

    [Fact]
    public async Task Tokens_take_turns_so_that_many_of_one_do_not_keep_out_another()
    {
        using var server = await ServerProcess.Start(home, "--max-streams", "1");
        (await server.Shell(Slow + """

            slow first $T > /dev/null & all=($!)
            until test "$(puts)" = 1; do sleep 0.05; done
            for i in 1 2 3; do
              slow t$i $T > /dev/null & all+=($!)
              until test "$(running waiting)" = $i; do sleep 0.05; done
            done
            slow u $U > /dev/null & all+=($!)
            until test "$(running waiting)" = 4; do sleep 0.05; done
            touch go
            for p in "${all[@]}"; do wait $p; done
            """)).Succeeded();
        var received = (await home.Run("list", "--json")).Lines.OrderBy(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("received").GetString()).Select(Name).Where(name => name != "seed");
        Assert.Equal(["first", "t1", "u", "t2", "t3"], received);
    }

    [Fact]
    public async Task One_token_does_not_hold_all_turns_for_as_long_as_it_likes()
    {
        using var server = await ServerProcess.Start(home, "--max-streams", "3");
        (await server.Shell(Slow + """

            all=()
            for i in 1 2 3; do slow t$i $T > /dev/null & all+=($!); done
            until test "$(puts)" = 2 && test "$(running waiting)" = 1; do sleep 0.05; done
            echo x | curl -sf -m 30 -T - -H "Authorization: Bearer $U" $S/u > facts || exit
            test "$(puts)" = 2 && touch go
            for p in "${all[@]}"; do wait $p; done
            """)).Succeeded();
        Assert.Equal(["seed", "t1", "t2", "t3", "u"], (await home.Run("list", "--json")).Lines.Select(Name).Order());
    }

    [Fact]
    public async Task One_connection_too_many_is_closed()
    {
        using var server = await ServerProcess.Start(home, "--max-connections", "2", "--max-streams", "2");
        (await server.Shell("""
            exec 3<>/dev/tcp/127.0.0.1/${A##*:} 4<>/dev/tcp/127.0.0.1/${A##*:}
            for fd in 3 4; do printf 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n' >&$fd; read -r line <&$fd; [[ $line == *' 200 '* ]] || exit 1; done
            ! curl -s $A/healthz || exit 2
            exec 3<&-
            until curl -s $A/healthz; do sleep 0.05; done
            """)).Succeeded();
    }

    [Fact]
    public async Task A_body_that_stands_still_for_too_long_is_no_stream()
    {
        using var server = await ServerProcess.Start(home, "--patience", "1s");
        var answer = await server.Shell("{ echo begin; sleep 4; } | curl -s -w '%{http_code}' -T - -H \"Authorization: Bearer $T\" $S/stalled");
        Assert.Contains("no byte came for 00:00:01", answer.Text, StringComparison.Ordinal);
        Assert.EndsWith("422", answer.Text, StringComparison.Ordinal);
        (await home.Run("show", "stalled")).FailedWith(5, "'stalled'");
    }

    [Fact]
    public async Task A_small_body_that_stands_still_for_too_long_is_none()
    {
        using var server = await ServerProcess.Start(home, "--patience", "1s");
        foreach (var (request, status) in new[] { ("Content-Length: 15", 422), ("Transfer-Encoding: chunked", 422) })
        {
            using var connection = new RawConnection(server);
            connection.Say($"POST /api/v1/snapshots/seed@latest/tags HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {(await home.Shell("echo -n $M")).Text}\r\n{request}\r\n\r\n");
            var answer = connection.Hear();
            Assert.Equal((request, status), (request, answer?.Status));
            Assert.Contains("did not come within 00:00:01", answer!.Text, StringComparison.Ordinal);
        }

        Assert.Empty(server.Faults);
    }

    [Fact]
    public async Task A_connection_is_asked_whether_it_is_still_there()
    {
        using var server = await ServerProcess.Start(home);
        using var connection = new RawConnection(server);
        Assert.Equal(200, connection.Say("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").Hear()?.Status);

        // proc(5): the server's end, established (01), with a keepalive timer (02).
        var end = $":{server.Port:X4}";
        Assert.Contains(File.ReadLines("/proc/net/tcp").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)), words =>
            words[1].EndsWith(end, StringComparison.Ordinal) && words[3] == "01" && words[5].StartsWith("02:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Checks_objects_and_looks_for_members_wait_for_their_turn_as_streams_do()
    {
        await home.Put("t", Tars.Small);
        using var server = await ServerProcess.Start(home, "--max-streams", "1");
        home["O"] = await ServerProcess.Token(home, "objects", "objects-put");
        (await server.Shell(Slow + """

            slow a $T > a.out & all=($!)
            until test "$(puts)" = 1; do sleep 0.05; done
            curl -sf -X POST -H "Authorization: Bearer $M" $A/api/v1/check > report & all+=($!)
            until test "$(running waiting)" = 1; do sleep 0.05; done
            bundle=$(find data/streamback/bundles -type f ! -name '.*' | head -1)
            curl -sf -T $bundle -H "Authorization: Bearer $O" $A/api/v1/objects/bundles/$(basename $bundle) & all+=($!)
            until test "$(running waiting)" = 2; do sleep 0.05; done
            curl -sfI -H "Authorization: Bearer $T" "$S/t@latest?path=b" > head & all+=($!)
            until test "$(running waiting)" = 3; do sleep 0.05; done
            test ! -s report && test ! -s head
            touch go
            for p in "${all[@]}"; do wait $p || exit; done
            grep -q '"problems":\[\]' report
            curl -s -H "Authorization: Bearer $M" $A/metrics > metrics
            for kind in check object get; do grep -q "^streamback_streams_ended_total{kind=\"$kind\",outcome=\"done\"} 1" metrics || exit; done
            """)).Succeeded();
    }

    [Fact]
    public async Task A_stream_that_runs_for_too_long_is_ended_and_nothing_is_kept()
    {
        using var server = await ServerProcess.Start(home, "--session-age", "1s");
        var answer = await server.Shell("while sleep 0.1 && echo more; do :; done | curl -s -w '%{http_code}' -T - -H \"Authorization: Bearer $T\" $S/old");
        Assert.Contains("It ran for longer than 00:00:01", answer.Text, StringComparison.Ordinal);
        Assert.Contains("422", answer.Text, StringComparison.Ordinal);
        (await home.Run("show", "old")).FailedWith(5, "'old'");
    }

    [Fact]
    public async Task Bodies_of_a_connection_keep_to_their_rate_both_ways()
    {
        home.Write("in", Bytes.Random(600_000, 1));
        using var server = await ServerProcess.Start(home, "--max-rate", "200000");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        (await server.Shell("curl -sf -T in -H \"Authorization: Bearer $T\" $S/slow > facts")).Succeeded();
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(2), "a lower bound: three seconds' worth of bytes");
        watch.Restart();
        (await server.Shell("curl -sf -H \"Authorization: Bearer $T\" $S/slow@latest | cmp - in")).Succeeded();
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(2), "a lower bound: three seconds' worth of bytes");
    }

    private static string Name(string line) => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()!;
}
