namespace StreamBack.Protocol.Tests;

/// <summary>Items between threads: in order, never more than may wait, and nobody waits for ever.</summary>
public class BoundedBufferTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_was_added_is_taken_in_order_and_never_more_waits_than_may()
    {
        var buffer = new BoundedBuffer<int>(3);
        var added = 0;
        var adding = Task.Run(() =>
        {
            for (; added < 10_000; added++)
                buffer.Add(added);
            buffer.Complete();
        });
        var taken = 0;
        foreach (var item in buffer.TakeAll())
        {
            Assert.Equal(taken++, item);
            Assert.InRange(Volatile.Read(ref added) - taken, -1, 4);
        }

        await adding;
        Assert.Equal(10_000, taken);
        Assert.True(buffer.IsCompleted);
    }

    [Fact]
    public void Whoever_takes_from_nothing_waits_as_long_as_it_said()
    {
        var buffer = new BoundedBuffer<string>(1);
        Assert.False(buffer.TryTake(out _, TimeSpan.Zero));
        Assert.False(buffer.TryTake(out _, Short));
        buffer.Add("a");
        Assert.True(buffer.TryTake(out var item, TimeSpan.Zero));
        Assert.Equal("a", item);
    }

    [Fact]
    public void After_the_end_what_is_left_can_be_taken_and_nothing_added()
    {
        var buffer = new BoundedBuffer<int>(2);
        buffer.Add(1);
        buffer.Complete();
        Assert.False(buffer.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => buffer.Add(2));
        Assert.Equal([1], buffer.TakeAll());
        Assert.True(buffer.IsCompleted);
        Assert.False(buffer.TryTake(out _, Long));
    }

    [Fact]
    public async Task To_give_up_wakes_everybody()
    {
        var (full, empty) = (new BoundedBuffer<int>(1), new BoundedBuffer<int>(1));
        full.Add(1);
        var adding = Task.Run(() => full.Add(2));
        var taking = Task.Run(() => empty.TryTake(out _, Long));
        await Task.Delay(Short);
        full.Abort();
        empty.Abort();
        await Assert.ThrowsAsync<OperationCanceledException>(() => adding.WaitAsync(Long));
        await Assert.ThrowsAsync<OperationCanceledException>(() => taking.WaitAsync(Long));
        Assert.Equal([1], full.Clear());
    }
}
