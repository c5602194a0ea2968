using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using StreamBack.Client.Connections;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Connections;

/// <summary>Rates: how they are written, and that they are kept. The clock of the properties is made by hand.</summary>
public sealed class RateLimitTests
{
    [Theory]
    [InlineData("1024", 1024)]
    [InlineData("500K", 500 << 10)]
    [InlineData("10M", 10 << 20)]
    [InlineData("1.5m", 3 << 19)]
    [InlineData("1G", 1 << 30)]
    public void TryParse_reads_powers_of_1024(string text, long expected)
    {
        Assert.True(RateLimit.TryParse(text, out var rate));
        Assert.Equal(expected, rate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("0")]
    [InlineData("1023")]
    [InlineData("-5M")]
    [InlineData("5T")]
    [InlineData("5 M")]
    [InlineData("1,5M")]
    [InlineData("99999999999999999999G")]
    public void TryParse_refuses_what_is_no_rate(string text) => Assert.False(RateLimit.TryParse(text, out _));

    /// <summary>Between any two moments no more goes than the rate gives, and one piece; waits are whole milliseconds, which the bound allows for.</summary>
    [Fact]
    public void Take_lets_no_more_through_in_any_span_than_the_rate_and_a_piece() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Steps(), run =>
    {
        var passed = Run(run.Rate, run.Steps, out var piece);
        for (var from = 0; from < passed.Count; from++)
        {
            var bytes = 0L;
            for (var to = from; to < passed.Count; to++)
            {
                bytes += passed[to].Bytes;
                if (bytes > piece + (((passed[to].At - passed[from].At).TotalSeconds + 0.001) * run.Rate) + 1)
                    return false;
            }
        }

        return true;
    }));

    /// <summary>Who always has something to send is held up by no more than the rate asks for, and a millisecond each time.</summary>
    [Fact]
    public void Take_wastes_no_time() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Steps(), run =>
    {
        var busy = run.Steps.Select(step => step with { Pause = TimeSpan.Zero }).ToArray();
        var passed = Run(run.Rate, busy, out _);
        var bytes = passed.Sum(step => (double)step.Bytes);
        return passed[^1].At.TotalSeconds <= (bytes / run.Rate) + (0.001 * passed.Count);
    }));

    [Theory]
    [InlineData("put")]
    [InlineData("get")]
    public async Task Two_mebibytes_at_one_a_second_take_more_than_a_second(string verb)
    {
        using var home = new Home();
        await home.Put("seed", Bytes.Random(2 << 20, 1));
        foreach (var way in new[] { "folder", "http", "ssh" })
        {
            home["STREAMBACK_REPOSITORY"] = null;
            using IDisposable? far = way switch { "http" => await Serve(home), "ssh" => await SshServer.Start(home), _ => null };
            home["STREAMBACK_REPOSITORY"] = way switch { "http" => ((ServerProcess)far!).Address, "ssh" => "ssh://host", _ => home.Repository.Folder };
            var clock = Stopwatch.StartNew();
            if (verb == "put")
                await home.Put("limited", Bytes.Random(2 << 20, 2 + way.Length), "--limit-rate", "1M"); // each its own: what is there is not sent
            else
                Assert.Equal(Bytes.Random(2 << 20, 1), (await home.Run("get", "seed", "--limit-rate", "1M")).Succeeded().Output);
            Assert.True(clock.Elapsed > TimeSpan.FromSeconds(1), $"{clock.Elapsed}");
        }
    }

    [Fact]
    public async Task A_rate_that_is_none_is_refused_before_anything_is_made()
    {
        using var home = new Home();
        (await home.Feed([1], "put", "x", "--limit-rate", "fast")).FailedWith(2, "'fast' is no rate");
        Assert.False(Directory.Exists(home.Repository.Folder));
    }

    private static async Task<ServerProcess> Serve(Home home)
    {
        home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "all", "put,get,list");
        return await ServerProcess.Start(home);
    }

    private static List<(TimeSpan At, int Bytes)> Run(long rate, Step[] steps, out int piece)
    {
        var clock = new ClockByHand();
        var bucket = new TokenBucket(rate, clock);
        piece = bucket.Piece;
        var passed = new List<(TimeSpan, int)>();
        foreach (var step in steps)
        {
            clock.Elapsed += step.Pause;
            var bytes = Math.Min(step.Bytes, bucket.Piece);
            clock.Elapsed += bucket.Take(bytes);
            passed.Add((clock.Elapsed, bytes));
        }

        return passed;
    }

    private static Arbitrary<(long Rate, Step[] Steps)> Steps()
    {
        var step = from bytes in Gen.Choose(1, 300_000)
                   from pause in Gen.OneOf(Gen.Constant(0), Gen.Choose(0, 400))
                   select new Step(bytes, TimeSpan.FromMilliseconds(pause));
        var run = from rate in Gen.OneOf(Gen.Choose((int)RateLimit.Least, 100_000), Gen.Choose(100_000, int.MaxValue))
                  from count in Gen.Choose(1, 60)
                  from steps in Gen.ArrayOf(step, count)
                  select ((long)rate, steps);
        return run.ToArbitrary();
    }

    private sealed record Step(int Bytes, TimeSpan Pause);

    private sealed class ClockByHand : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
