using StreamBack.Server.Bundles;

namespace StreamBack.Server.Tests.Bundles;

public class ZstdTests
{
    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 3)]
    [InlineData(100_000, -7)]
    [InlineData(100_000, 3)]
    [InlineData(100_000, 19)]
    public void TryDecompress_undoes_Compress_with_a_prefix_and_without(int length, int level)
    {
        using var zstd = new Zstd();
        var plain = TestBytes.Text(1, length);
        foreach (var prefix in new[] { [], TestBytes.Edited(plain, 1000), TestBytes.Random(1, 5000) })
        {
            var frame = Compress(zstd, plain, prefix, level);
            var opened = new byte[length];
            Assert.True(zstd.TryDecompress(frame, prefix, opened));
            Assert.Equal(plain, opened);
        }
    }

    [Fact]
    public void Prefix_that_is_similar_makes_the_frame_small_and_is_needed_to_open_it()
    {
        using var zstd = new Zstd();
        var prefix = TestBytes.Random(1, 100_000);
        var plain = TestBytes.Edited(prefix, 10_000);
        var frame = Compress(zstd, plain, prefix, 3);
        Assert.True(frame.Length < 1000);
        Assert.False(zstd.TryDecompress(frame, [], new byte[plain.Length]));

        // It holds for one frame only.
        Assert.True(Compress(zstd, plain, [], 3).Length > 99_000);
    }

    [Fact]
    public void TryDecompress_refuses_what_is_no_frame_of_that_length()
    {
        using var zstd = new Zstd();
        var frame = Compress(zstd, TestBytes.Text(1, 1000), [], 3);
        Assert.False(zstd.TryDecompress(frame, [], new byte[999]));
        Assert.False(zstd.TryDecompress(frame, [], new byte[1001]));
        Assert.False(zstd.TryDecompress(frame.AsSpan(..^1), [], new byte[1000]));
        Assert.False(zstd.TryDecompress([], [], new byte[1000]));
        Assert.False(zstd.TryDecompress(TestBytes.Random(1, 100), [], new byte[1000]));
    }

    [Fact]
    public void Compress_without_room_gives_nothing_and_Bound_is_always_room()
    {
        using var zstd = new Zstd();
        Assert.Equal(0, zstd.Compress(TestBytes.Random(1, 1000), [], 3, new byte[900]));
        foreach (var length in new[] { 0, 1, 1000, 131_071, 131_072, 300_000 })
            Assert.True(zstd.Compress(TestBytes.Random(1, length), [], 3, new byte[Zstd.Bound(length)]) > 0);
    }

    private static byte[] Compress(Zstd zstd, byte[] plain, byte[] prefix, int level)
    {
        var frame = new byte[Zstd.Bound(plain.Length)];
        return frame[..zstd.Compress(plain, prefix, level, frame)];
    }
}
