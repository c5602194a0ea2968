using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Bundles;

public class FrameCacheTests
{
    private static readonly FrameEntry[][] Frames =
        [.. Enumerable.Range(0, 6).Select(frame => new[] { new FrameEntry(TestBytes.Chunk(frame), 1000 + frame, 1000 + frame, null, default) })];

    [Fact]
    public async Task Frames_asked_for_by_many_threads_are_right_however_few_are_kept()
    {
        var store = new MemoryStore();
        var id = BundleFixture.Write(store, Frames).Id;
        using var cache = new FrameCache(store, TestKeys.Full, maxFrames: 2);
        var bundle = cache.Bundle(id);
        var expected = Frames.Select(BundleFixture.Stored).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            var random = new Random(thread);
            for (var round = 0; round < 500; round++)
            {
                var number = random.Next(Frames.Length);
                var frame = round % 2 == 0 ? cache.Frame(bundle, number) : await cache.FrameAsync(bundle, number);
                Assert.Equal(expected[number], frame.Span.ToArray());
                frame.Release();
            }
        })));
    }

    [Fact]
    public void Frame_is_held_by_its_caller_when_the_cache_has_forgotten_it()
    {
        var store = new MemoryStore();
        var cache = new FrameCache(store, TestKeys.Full, maxFrames: 1);
        var bundle = cache.Bundle(BundleFixture.Write(store, Frames).Id);
        var first = cache.Frame(bundle, 0);
        cache.Frame(bundle, 1).Release();
        cache.Dispose();
        Assert.Equal(BundleFixture.Stored(Frames[0]), first.Span.ToArray());
        first.Release();
        Assert.False(first.TryHold());
    }

    [Fact]
    public void Frame_of_a_damaged_bundle_is_corrupt_for_everyone_who_asks()
    {
        var store = new MemoryStore();
        using var cache = new FrameCache(store, TestKeys.Full, maxFrames: 2);
        var bundle = cache.Bundle(BundleFixture.Write(store, Frames).Id);
        store[FileKind.Bundle, bundle.Id][(int)bundle.Footer.Frames[0].Offset] ^= 1;
        for (var asked = 0; asked < 2; asked++)
            Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => cache.Frame(bundle, 0)).Code);
        cache.Frame(bundle, 1).Release();
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => cache.Bundle(TestBytes.Object(1))).Code);
    }
}
