using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Many at once on one server.</summary>
public sealed class ManyClientsTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Every_acknowledged_put_of_many_at_once_comes_back()
    {
        await home.Put("seed", [1]);
        home["T"] = await ServerProcess.Token(home, "all", "put,get");
        using var server = await ServerProcess.Start(home);
        (await server.Shell("""
            set -e
            head -c 1000000 /dev/urandom > common
            one() { { cat common; head -c $(($1 * 30000)) /dev/urandom; } > in$1; curl -sf -T in$1 -H "Authorization: Bearer $T" $S/client$1 > /dev/null; }
            all=()
            for i in $(seq 24); do one $i & all+=($!); done
            for p in "${all[@]}"; do wait $p; done
            for i in $(seq 24); do curl -sf -H "Authorization: Bearer $T" $S/client$i@latest | cmp - in$i & all[i-1]=$!; done
            for p in "${all[@]}"; do wait $p; done
            """)).Succeeded();
        (await home.Run("check", "--read-data")).Succeeded();
    }

    [Fact]
    public async Task A_server_killed_under_load_loses_nothing_that_it_acknowledged()
    {
        await home.Put("seed", [1]);
        home["T"] = await ServerProcess.Token(home, "all", "put,get");
        using (var server = await ServerProcess.Start(home))
        {
            var load = server.Shell("""
                for i in $(seq 200); do
                  head -c 300000 /dev/urandom > in$i
                  curl -sf -T in$i -H "Authorization: Bearer $T" $S/load$i > /dev/null && echo $i >> acknowledged || exit 0
                done
                """);
            while (!File.Exists(home.At("acknowledged")) || File.ReadAllLines(home.At("acknowledged")).Length < 3)
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            await server.Signal("KILL");
            (await load).Succeeded();
        }

        (await home.Shell("set -e; for i in $(cat acknowledged); do streamback get load$i | cmp - in$i; done; streamback check")).Succeeded();
    }

    /// <summary>docs/decisions/0008: one put alone takes some 110 MiB, every other one at most 24 more.</summary>
    [Fact]
    public async Task Many_puts_at_once_do_not_take_the_memory_of_as_many_puts()
    {
        const int Puts = 8;
        await home.Put("seed", [1]);
        home["T"] = await ServerProcess.Token(home, "all", "put");
        using var server = await ServerProcess.Start(home);
        var peak = server.PeakMemory();
        (await server.Shell($$"""
            all=()
            for i in $(seq {{Puts}}); do
              head -c 50M /dev/urandom | curl -sf -T - -H "Authorization: Bearer $T" $S/m/$i > facts$i & all+=($!)
            done
            for p in "${all[@]}"; do wait $p || exit 1; done
            """)).Succeeded();
        await server.Signal("TERM");
        Assert.InRange(await peak >> 20, 20, 140 + Puts * 24);
    }
}
