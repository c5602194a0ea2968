using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Gets over a line that breaks.</summary>
public sealed class BrokenGetTests : IDisposable
{
    private readonly Home home = new();
    private readonly byte[] stream = Bytes.Random(2_000_000, 1);
    private ServerProcess? server;
    private CuttingRelay? relay;

    public void Dispose()
    {
        relay?.Dispose();
        server?.Dispose();
        home.Dispose();
    }

    [Theory]
    [InlineData("streamback get big -o out && cat out")]
    [InlineData("streamback get big | cat")]
    public async Task A_get_goes_on_when_the_connection_is_cut_again_and_again(string script)
    {
        await Serve();
        relay!.CutAfter = (null, 400_000);
        Assert.Equal(stream, (await home.Shell(script)).Succeeded().Output);
        Assert.True(relay.Cuts >= 4, $"{relay.Cuts} cuts");
    }

    [Fact]
    public async Task A_server_that_is_back_after_a_while_is_waited_for()
    {
        await Serve();
        relay!.CutAfter = (null, 1_000_000);
        relay.CutsLeft = 1;
        var get = home.Start(Home.Executable, "get", "big");
        var finished = Home.Finish(get, []);
        while (relay.Cuts == 0)
            await Task.Delay(5);
        await server!.Signal("KILL");
        home["STREAMBACK_REPOSITORY"] = null;
        using var again = await ServerProcess.Start(home, "--listen", server.Address);
        Assert.Equal(stream, (await finished).Succeeded().Output);
    }

    [Fact]
    public async Task A_stream_that_is_damaged_ends_with_3_and_is_not_tried_for_long()
    {
        await Serve();
        foreach (var bundle in home.Repository.Bundles)
            RepositoryFiles.Flip(bundle, new FileInfo(bundle).Length / 2);
        var get = await home.Run("get", "big");
        Assert.Equal(3, get.ExitCode);
        Assert.DoesNotContain("going on", get.Errors, StringComparison.Ordinal);
        Assert.InRange(relay!.Connections, 1, 4);
    }

    private async Task Serve()
    {
        await home.Put("big", stream);
        home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "all", "put,get,list");
        server = await ServerProcess.Start(home);
        relay = new CuttingRelay(server.Address);
        home["STREAMBACK_REPOSITORY"] = relay.Address;
    }

    [Fact]
    public async Task A_tar_of_many_headers_that_breaks_off_over_pipes_does_not_look_whole()
    {
        using var home = new Home();
        home["PATH"] = $"{home.At("bin")}:{Home.ProgramFolder}:{Environment.GetEnvironmentVariable("PATH")}";
        (await home.Shell("""
            mkdir bin d
            printf '#!/bin/bash\nexec bash -c "${!#}"\n' > bin/ssh
            chmod 755 bin/ssh
            (cd d; head -c 300000 /dev/urandom | od -An -v -tx1 -w32 | tr -d ' ' | xargs touch)
            head -c 3072 /dev/urandom > a
            tar c a d | streamback put t
            """)).Succeeded();
        var cuts = 0;
        foreach (var bundle in home.Repository.Bundles)
        {
            var length = new FileInfo(bundle).Length;
            for (var offset = length / 24; offset < length; offset += length / 12)
            {
                RepositoryFiles.Flip(bundle, offset);
                var told = (await home.Shell($"""
                    rm -f state/streamback/*/damaged*
                    timeout 100 streamback --repository ssh://far{home.Repository.Folder} get t 2> errors > got.tar; got=$?
                    tar tf got.tar > /dev/null 2>&1; echo "$got $?" $(stat -c %s got.tar)
                    """)).Text.Split();
                RepositoryFiles.Flip(bundle, offset);
                Assert.True(told[0] is "0" or "3", $"exit {told[0]}"); // and not 124: a cut answer is nothing to wait for
                Assert.True(told[0] == "0" || told[1] != "0", $"{bundle} changed at {offset} of {length}: {string.Join(' ', told)}");
                if (told[0] == "3" && long.Parse(told[2], System.Globalization.CultureInfo.InvariantCulture) > 0)
                    cuts++;
            }
        }

        Assert.InRange(cuts, 1, int.MaxValue);
    }
}
