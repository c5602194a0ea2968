using StreamBack.Client.Connections.Puts;

namespace StreamBack.Client.Tests.Connections;

public class WirePackingTests
{
    private readonly WirePacking packing = new();

    [Fact]
    public void A_link_with_room_for_a_megabyte_is_slow_once_it_is_full()
    {
        Assert.False(Sent(694_317, took: 60, waited: 1));
        Assert.False(Sent(1_271_749, took: 77, waited: 19));
        Assert.True(packing.IsFast);
        Assert.Equal(2_543_498, packing.Allowance(16 << 20));
        Assert.False(Sent(2_543_498, took: 21, waited: 3));
        Assert.True(Sent(5_086_996, took: 471, waited: 407));
        Assert.Equal((3, false), (packing.Level, packing.IsFast));
    }

    [Fact]
    public void What_a_busy_machine_made_look_slow_is_found_fast_again()
    {
        Sent(1 << 20, took: 100, waited: 60);
        Assert.True(Sent(1 << 20, took: 100, waited: 60));
        Sent(4 << 20, took: 200, waited: 3);
        Sent(4 << 20, took: 20, waited: 15);
        Assert.NotNull(packing.Level);
        Sent(4 << 20, took: 200, waited: 3);
        Assert.Equal((null, true), (packing.Level, packing.IsFast));
    }

    [Fact]
    public void A_gigabit_gets_the_quick_level()
    {
        Sent(2 << 20, took: 20, waited: 15);
        Sent(2 << 20, took: 20, waited: 15);
        Assert.Null(packing.Level);
        Assert.False(Sent(4 << 20, took: 40, waited: 30));
        Assert.True(Sent(4 << 20, took: 40, waited: 30));
        Assert.Equal(1, packing.Level);
    }

    [Fact]
    public void What_is_small_tells_nothing_and_a_server_that_does_not_say_counts_as_waiting()
    {
        Sent(1000, took: 100, waited: 90);
        Sent(1000, took: 100, waited: 90);
        Assert.Equal((null, false), (packing.Level, packing.IsFast));
        Assert.False(packing.Sent(1 << 20, TimeSpan.FromSeconds(1), waited: null));
        Assert.True(packing.Sent(1 << 20, TimeSpan.FromSeconds(1), waited: null));
    }

    [Fact]
    public void The_first_requests_are_small_and_none_takes_longer_than_two_seconds()
    {
        Assert.Equal(1 << 20, packing.Allowance(16 << 20));
        Sent(1 << 20, took: 1000, waited: 900);
        Sent(1 << 20, took: 1000, waited: 900);
        Assert.Equal(2 << 20, packing.Allowance(16 << 20));
    }

    [Fact]
    public void Requests_grow_while_the_link_looks_fast()
    {
        var lengths = new List<int>();
        for (var number = 0; number < 7; number++)
        {
            lengths.Add(packing.Allowance(16 << 20) >> 20);
            Sent(packing.Allowance(16 << 20), took: 1, waited: 0);
        }

        Assert.Equal([1, 2, 4, 8, 16, 16, 16], lengths);
    }

    private bool Sent(long length, int took, int waited) => packing.Sent(length, TimeSpan.FromMilliseconds(took), 1000L * waited);
}
