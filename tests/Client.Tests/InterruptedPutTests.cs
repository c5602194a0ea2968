using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>Puts that are ended in the middle, and puts that run at the same time.</summary>
public sealed class InterruptedPutTests : IAsyncLifetime, IDisposable
{
    // A bundle has 20 to 31 MiB: when this much was read one is stored and the second is underway.
    private const int Half = 40 << 20;
    private const int Whole = 50 << 20;
    private const int LeastStored = 20 << 20;
    private const int Slack = 1 << 20;

    /// <summary>More than a repository is larger than its contents: a bundle is padded by up to a thirty-second.</summary>
    private const int Padding = Whole / 32 + Slack;

    private readonly Home home = new();

    public async Task InitializeAsync() => await home.Put("before", Tars.Small);

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Killed_put_lists_nothing_and_the_next_one_sweeps_up_and_uses_what_was_stored()
    {
        var stream = Bytes.Random(Whole, 1);
        var stored = home.Repository.Bundles.Length;
        using (var put = await SlowPut.Start(home, "t", stream.AsMemory(0, Half)))
        {
            await put.Until(() => home.Repository.Bundles.Length > stored && home.Repository.Temporaries.Length > 0);
            Assert.Equal(137, (await put.Signal("KILL")).ExitCode);
        }

        Assert.Single((await home.Run("list")).Succeeded().Lines);
        Assert.NotEmpty(home.Repository.Temporaries);
        Assert.NotEmpty(home.Repository.Sessions);

        var again = (await home.Put("t", stream)).Json;
        Assert.Empty(home.Repository.Temporaries);
        Assert.Empty(home.Repository.Sessions);
        Assert.InRange(again.GetProperty("newChunkBytes").GetInt64(), 1, Whole - LeastStored + Slack);
        Assert.InRange(again.GetProperty("storedBytes").GetInt64(), 1, Whole - LeastStored + Padding);
        Assert.InRange(home.Repository.Length, Whole, Whole + Padding);
        Assert.Equal(stream, (await home.Run("get", "t")).Succeeded().Output);
        Assert.Equal(Tars.Small, (await home.Run("get", "before")).Succeeded().Output);
    }

    [Theory]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Interrupted_put_says_so_lists_nothing_and_leaves_no_temporary_file(string signal, int exitCode)
    {
        using (var put = await SlowPut.Start(home, "t", Bytes.Random(4 << 20, 2)))
        {
            await put.Until(() => home.Repository.Sessions.Length > 0);
            var answer = await put.Signal(signal);
            Assert.Equal((exitCode, ""), (answer.ExitCode, answer.Text));
            Assert.Single(answer.Errors.TrimEnd('\n').Split('\n'));
        }

        Assert.Empty(home.Repository.Temporaries);
        Assert.Empty(home.Repository.Sessions);
        Assert.Single((await home.Run("list")).Succeeded().Lines);
        Assert.Equal(Tars.Small, (await home.Run("get", "before")).Succeeded().Output);
    }

    [Fact]
    public async Task Interrupted_put_of_a_command_ends_the_command()
    {
        var script = $"echo $$ > {home.At("pid")}; exec sleep 1000";
        using var put = home.Start("env", "--default-signal=INT", Home.Executable, "put", "t", "--", "sh", "-c", script);
        await Eventually(() => File.Exists(home.At("pid")) && File.ReadAllText(home.At("pid")).EndsWith('\n') && home.Repository.Sessions.Length > 0);
        (await home.Shell($"kill -TERM {put.Id}")).Succeeded();
        Assert.Equal(143, (await Home.Finish(put, [])).ExitCode);
        await Eventually(() => !Directory.Exists("/proc/" + File.ReadAllText(home.At("pid")).Trim()));
    }

    [Fact]
    public async Task Fast_put_does_not_wait_for_a_slow_one_and_both_are_right()
    {
        var stream = Bytes.Random(Whole, 3);
        using var slow = await SlowPut.Start(home, "slow", stream.AsMemory(0, Half));
        await slow.Until(() => home.Repository.Sessions.Length == 1);

        var fast = stream[..(30 << 20)];
        await home.Put("fast", fast);
        Assert.Equal(fast, (await home.Run("get", "fast")).Succeeded().Output);
        Assert.Single(home.Repository.Sessions);

        (await slow.Finish(stream[Half..])).Succeeded();
        Assert.Equal(stream, (await home.Run("get", "slow")).Succeeded().Output);
        Assert.Equal(3, (await home.Run("list")).Lines.Length);
    }

    [Fact]
    public async Task Puts_of_the_same_stream_at_once_all_come_back()
    {
        var stream = Bytes.Random(3_000_000, 4);
        var puts = Enumerable.Range(0, 4).Select(number => home.Put($"n{number % 2}", stream)).ToList();
        await Task.WhenAll(puts);
        foreach (var which in new[] { "n0", "n0@-2", "n1", "n1@-2" })
            Assert.Equal(stream, (await home.Run("get", which)).Succeeded().Output);
    }

    [Fact]
    public async Task Two_puts_at_once_store_what_both_have_twice_at_most_and_what_one_has_once()
    {
        var common = Bytes.Random(Half, 5);
        byte[] first = [.. common, .. Bytes.Random(Slack, 6)];
        byte[] second = [.. common, .. Bytes.Random(Slack, 7)];
        using (var one = await SlowPut.Start(home, "one", common.AsMemory(0, LeastStored)))
        using (var two = await SlowPut.Start(home, "two", common.AsMemory(0, LeastStored)))
        {
            await one.Until(() => home.Repository.Sessions.Length == 2);
            foreach (var answer in await Task.WhenAll(one.Finish(first[LeastStored..]), two.Finish(second[LeastStored..])))
                answer.Succeeded();
        }

        Assert.InRange(home.Repository.Length, Half + (2 * Slack), (2 * Half) + (2 * Slack) + (2 * Padding));
        Assert.Equal(first, (await home.Run("get", "one")).Succeeded().Output);
        Assert.Equal(second, (await home.Run("get", "two")).Succeeded().Output);
        Assert.Equal((0, 0), await NewOf(first));
        Assert.Equal((0, 0), await NewOf(second));
    }

    private async Task<(long Chunks, long StoredBytes)> NewOf(byte[] stream)
    {
        var json = (await home.Put("again", stream)).Json;
        return (json.GetProperty("newChunks").GetInt64(), json.GetProperty("storedBytes").GetInt64());
    }

    private static async Task Eventually(Func<bool> isSo)
    {
        for (var left = 1000; !isSo(); left--)
        {
            Assert.True(left > 0, "it never happens");
            await Task.Delay(20);
        }
    }
}
