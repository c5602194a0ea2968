using StreamBack.Server.Serving.Limits;

namespace StreamBack.Server.Tests.Serving;

public class StreamGateTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Turns_go_round_the_callers_and_within_a_caller_in_order()
    {
        var gate = new StreamGate(running: 1, waiting: 10, Long);
        var running = await gate.Enter("a", default);
        var order = new List<string>();
        var waiting = new[] { "a1", "a2", "a3", "b1", "c1", "b2" }.Select(name => Take(gate, name, order)).ToList();
        Assert.Equal((1, 6), gate.Count);
        running.Dispose();
        await Task.WhenAll(waiting);
        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3"], order);
        Assert.Equal((0, 0), gate.Count);
    }

    [Fact]
    public async Task One_that_gives_up_leaves_its_place_and_its_turn_to_others()
    {
        var gate = new StreamGate(running: 1, waiting: 2, Long);
        var running = await gate.Enter("a", default);
        using var leaving = new CancellationTokenSource();
        var left = gate.Enter("b", leaving.Token);
        var patient = gate.Enter("c", default);
        await Assert.ThrowsAsync<ServerBusyException>(() => gate.Enter("d", default));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        var late = gate.Enter("d", default);
        running.Dispose();
        (await patient).Dispose();
        (await late).Dispose();
        Assert.Equal((0, 0), gate.Count);
    }

    [Fact]
    public async Task One_with_many_that_wait_makes_room_for_one_with_none()
    {
        var gate = new StreamGate(running: 1, waiting: 4, Long);
        var running = await gate.Enter("a", default);
        var waiting = Enumerable.Range(0, 4).Select(_ => gate.Enter("a", default)).ToList();
        await Assert.ThrowsAsync<ServerBusyException>(() => gate.Enter("a", default));
        var first = gate.Enter("b", default);
        await Assert.ThrowsAsync<ServerBusyException>(() => waiting[3]);
        var second = gate.Enter("b", default);
        await Assert.ThrowsAsync<ServerBusyException>(() => waiting[2]);
        await Assert.ThrowsAsync<ServerBusyException>(() => gate.Enter("b", default)); // two each
        Assert.Equal((1, 4), gate.Count);
        running.Dispose();
        foreach (var turn in new[] { waiting[0], first, waiting[1], second })
            (await turn).Dispose();
        Assert.Equal((0, 0), gate.Count);
    }

    [Fact]
    public async Task Nobody_waits_for_ever()
    {
        var gate = new StreamGate(running: 1, waiting: 2, TimeSpan.FromMilliseconds(20));
        using var running = await gate.Enter("a", default);
        await Assert.ThrowsAsync<ServerBusyException>(() => gate.Enter("b", default));
        Assert.Equal((1, 0), gate.Count);
    }

    [Fact]
    public async Task Once_closed_it_sends_all_away_but_those_that_run()
    {
        var gate = new StreamGate(running: 1, waiting: 2, Long);
        var running = await gate.Enter("a", default);
        var waiting = gate.Enter("a", default);
        gate.Close();
        await Assert.ThrowsAsync<ServerBusyException>(() => waiting);
        await Assert.ThrowsAsync<ServerBusyException>(() => gate.Enter("b", default));
        var emptied = gate.Emptied();
        Assert.False(emptied.IsCompleted);
        running.Dispose();
        running.Dispose(); // twice is once
        await emptied;
        Assert.Equal((0, 0), gate.Count);
    }

    [Fact]
    public async Task Whatever_happens_at_once_no_turn_is_lost_or_given_twice()
    {
        var gate = new StreamGate(running: 3, waiting: 1000, Long);
        var (running, most) = (0, 0);
        var random = new Random(1);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(number => (Caller: $"{number % 7}", Patience: random.Next(0, 30))).Select(one => Task.Run(async () =>
        {
            using var leaving = new CancellationTokenSource(one.Patience);
            try
            {
                using var turn = await gate.Enter(one.Caller, leaving.Token);
                InterlockedMax(ref most, Interlocked.Increment(ref running));
                await Task.Delay(1);
                Interlocked.Decrement(ref running);
            }
            catch (OperationCanceledException)
            {
                // It left, as people do.
            }
        })));
        Assert.InRange(most, 1, 3);
        Assert.Equal((0, 0), gate.Count);
        for (var turn = 0; turn < 3; turn++)
            Assert.True(gate.Enter($"after{turn}", default).IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(64, 48)]
    public async Task One_caller_never_has_all_turns_where_there_are_several(int running, int most)
    {
        var gate = new StreamGate(running, waiting: 100, Long);
        var own = Enumerable.Range(0, running + 3).Select(_ => gate.Enter("a", default)).ToList();
        Assert.Equal((most, own.Count - most), gate.Count);
        var others = Enumerable.Range(0, running - most + 1).Select(number => gate.Enter($"b{number}", default)).ToList();
        Assert.Equal(running - most, others.Count(turn => turn.IsCompletedSuccessfully));

        // Who waits gets what comes free, round by round.
        (await own[0]).Dispose();
        (await own[most]).Dispose();
        (await others[^1]).Dispose();
        foreach (var turn in own.Skip(1).Where((_, number) => number + 1 != most).Concat(others.SkipLast(1)))
            (await turn).Dispose();
        Assert.Equal((0, 0), gate.Count);
    }

    [Fact]
    public async Task A_free_turn_that_one_caller_may_not_have_is_there_for_the_next_who_comes()
    {
        var gate = new StreamGate(running: 2, waiting: 10, Long);
        var first = await gate.Enter("a", default);
        var second = gate.Enter("a", default);
        for (var round = 0; round < 3; round++)
            (await gate.Enter("b", default)).Dispose();
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
        Assert.Equal((0, 0), gate.Count);
    }

    private static async Task Take(StreamGate gate, string name, List<string> order)
    {
        using var turn = await gate.Enter(name[..1], default);
        order.Add(name);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; value > seen; seen = most)
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
