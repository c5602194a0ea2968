using StreamBack.Server.Bundles;

namespace StreamBack.Server.Tests.Bundles;

public class SharedBytesTests
{
    [Fact]
    public void Bytes_are_there_until_the_last_holder_lets_go()
    {
        var bytes = new SharedBytes(10);
        bytes.Hold();
        Assert.True(bytes.TryHold());
        bytes.Release();
        bytes.Release();
        Assert.Equal(10, bytes.Span.Length);
        bytes.Release();
        Assert.False(bytes.TryHold());
        Assert.Throws<ArgumentOutOfRangeException>(() => bytes.Span.Length);
    }

    [Fact]
    public void Holders_on_many_threads_never_see_bytes_that_are_gone()
    {
        for (var round = 0; round < 200; round++)
        {
            var bytes = new SharedBytes(100);
            bytes.Span.Fill((byte)round);
            Parallel.For(0, 8, thread =>
            {
                if (thread == 0)
                {
                    bytes.Release();
                    return;
                }

                for (var hold = 0; hold < 20 && bytes.TryHold(); hold++)
                {
                    Assert.False(bytes.Span.ContainsAnyExcept((byte)round));
                    bytes.Release();
                }
            });
            Assert.False(bytes.TryHold());
        }
    }

    [Fact]
    public void LeastRecent_forgets_what_was_not_asked_for_the_longest()
    {
        var forgotten = new List<int>();
        var map = new LeastRecent<string, int>(() => 2, forgotten.Add);
        map.Add("a", 1);
        map.Add("b", 2);
        Assert.True(map.TryGet("a", out var value) && value == 1);
        map.Add("c", 3);
        Assert.Equal([2], forgotten);
        Assert.False(map.TryGet("b", out _));
        map.Add("a", 4);
        Assert.Equal([2, 1], forgotten);
        map.Clear();
        Assert.Equal([2, 1, 3, 4], forgotten);
        Assert.False(map.TryGet("a", out _));
    }
}
