using StreamBack.Server.Bundles;

namespace StreamBack.Server.Tests.Bundles;

/// <summary>Other tests' sessions count as well, and only make a share smaller.</summary>
public class MemoryShareTests
{
    [Fact]
    public void The_more_sessions_the_less_for_each_but_never_less_than_it_needs()
    {
        var store = new MemoryStore();
        var sessions = Enumerable.Range(0, 6).Select(_ => new FrameCache(store, TestKeys.Full, maxFrames: 48)).ToList();
        Assert.InRange(MemoryShare.Of(48, least: 4), 4, 48 / 6);
        Assert.Equal(40, MemoryShare.Of(48, least: 40));
        Assert.Equal(2, MemoryShare.Of(2, least: 4));
        foreach (var session in sessions)
        {
            session.Dispose();
            session.Dispose();
        }

        Assert.True(MemoryShare.Sessions >= 1);
    }
}
