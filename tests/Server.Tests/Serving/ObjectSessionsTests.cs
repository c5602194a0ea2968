using StreamBack.Server.Serving;
using StreamBack.Server.Serving.Http;

namespace StreamBack.Server.Tests.Serving;

/// <summary>For how long what somebody brings or reads is kept from a prune.</summary>
public sealed class ObjectSessionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly EmbeddedRepository repository;
    private readonly ClockByHand clock = new();
    private readonly ObjectSessions sessions;

    public ObjectSessionsTests()
    {
        repository = EmbeddedRepository.Create(At, averageChunk: null, compression: null, _ => { }, _ => { });
        sessions = new ObjectSessions(repository, TimeSpan.FromDays(7), clock);
    }

    private string At => Path.Combine(folder.Path, "repository");

    public void Dispose()
    {
        sessions.Dispose();
        repository.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_request_is_covered_for_six_hours_and_no_longer_than_eighteen()
    {
        sessions.Cover("a").Dispose();
        var first = Assert.Single(Files());
        Pass(TimeSpan.FromHours(5), "a");
        Pass(TimeSpan.FromHours(5.5), null);
        Assert.Contains(first, Files());
        Pass(TimeSpan.FromHours(8), null);
        Assert.Empty(Files());
    }

    [Fact]
    public void What_goes_on_is_covered_from_its_first_request_on()
    {
        sessions.Cover("other").Dispose();
        Pass(TimeSpan.FromHours(5), null);
        var first = Assert.Single(Files()); // it covers what begins now
        for (var minutes = 0; minutes < 60 * 24 * 6; minutes += 10)
            Pass(TimeSpan.FromMinutes(10), "copy");
        Assert.Contains(first, Files());
        Pass(TimeSpan.FromHours(19), null);
        Assert.Empty(Files());
    }

    [Fact]
    public void What_comes_every_hour_is_not_what_goes_on()
    {
        sessions.Cover("hourly").Dispose();
        var first = Assert.Single(Files());
        for (var hours = 0; hours < 24; hours++)
            Pass(TimeSpan.FromHours(1), "hourly");
        Assert.DoesNotContain(first, Files());
        Assert.NotEmpty(Files());
    }

    [Fact]
    public void Nothing_goes_on_for_ever()
    {
        sessions.Cover("copy").Dispose();
        var first = Assert.Single(Files());
        for (var minutes = 0; minutes < 60 * 24 * 8; minutes += 10)
            Pass(TimeSpan.FromMinutes(10), "copy");
        Assert.DoesNotContain(first, Files());
    }

    [Fact]
    public void One_large_object_over_a_slow_line_is_no_pause()
    {
        sessions.Cover("copy").Dispose();
        var first = Assert.Single(Files());
        using (sessions.Cover("copy"))
            Pass(TimeSpan.FromHours(30), "other");
        Assert.Contains(first, Files());
        Pass(TimeSpan.FromMinutes(10), "copy");
        Assert.Contains(first, Files());
        Pass(TimeSpan.FromHours(6), "other");
        Assert.DoesNotContain(first, Files());
    }

    [Fact]
    public void Two_who_take_turns_do_not_make_one_that_goes_on()
    {
        sessions.Cover("a").Dispose();
        var first = Assert.Single(Files());
        for (var minutes = 0; minutes < 60 * 24; minutes += 10)
            Pass(TimeSpan.FromMinutes(10), $"caller {minutes / 10 % 2}");
        Assert.DoesNotContain(first, Files());
    }

    private string[] Files() => Directory.GetFiles(Path.Combine(At, "locks"), "*.session");

    private void Pass(TimeSpan time, string? caller)
    {
        clock.Pass(time);
        if (caller is not null)
            sessions.Cover(caller).Dispose();
    }

    private sealed class ClockByHand : TimeProvider
    {
        private readonly List<Repeating> timers = [];
        private TimeSpan now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            timers.Add(new Repeating(() => callback(state), now + dueTime, period));
            return timers[^1];
        }

        public void Pass(TimeSpan time)
        {
            for (var end = now + time; now < end;)
            {
                now = timers.Select(timer => timer.Next).Append(end).Min();
                timers.ForEach(timer => timer.Fire(now));
            }
        }

        private sealed class Repeating(Action callback, TimeSpan next, TimeSpan period) : ITimer
        {
            public TimeSpan Next { get; private set; } = next;

            public void Fire(TimeSpan now)
            {
                if (Next > now)
                    return;
                Next += period;
                callback();
            }

            public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
