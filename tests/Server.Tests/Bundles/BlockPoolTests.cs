using StreamBack.Server.Bundles;

namespace StreamBack.Server.Tests.Bundles;

public class BlockPoolTests
{
    private const int Step = 256 << 10;
    private readonly BlockPool pool = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((Step / 2) + 1)]
    [InlineData(Step)]
    [InlineData(Step + 1)]
    [InlineData(2 << 20)]
    [InlineData((2 << 20) + 1)]
    public void A_block_is_long_enough_and_hardly_longer(int length)
    {
        var block = pool.Rent(length);
        Assert.InRange(block.Length, length, length <= Step / 2 || length > 2 << 20 ? Math.Max(2 * length, 16) : length + Step - 1);
        pool.Return(block);
    }

    [Fact]
    public void No_two_have_the_same_block()
    {
        Parallel.For(0, 8, number =>
        {
            for (var round = 0; round < 200; round++)
            {
                var blocks = Enumerable.Range(1, 4).Select(steps => pool.Rent(steps * Step)).ToList();
                foreach (var block in blocks)
                    block.AsSpan().Fill((byte)number);
                Assert.All(blocks, block => Assert.False(block.AsSpan().ContainsAnyExcept((byte)number)));
                blocks.ForEach(pool.Return);
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Blocks_that_are_given_back_are_rented_again(int steps)
    {
        var blocks = Enumerable.Range(0, 3).Select(_ => pool.Rent(steps * Step)).ToHashSet();
        Assert.All(blocks, pool.Return);
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Contains(pool.Rent(steps * Step), blocks));
        Assert.DoesNotContain(pool.Rent(steps * Step), blocks);
    }

    [Fact]
    public void No_more_are_kept_than_64_MiB()
    {
        var blocks = Enumerable.Range(0, 40).Select(_ => pool.Rent(8 * Step)).ToHashSet();
        Assert.All(blocks, pool.Return);
        Assert.Equal(32, Enumerable.Range(0, 40).Count(_ => blocks.Contains(pool.Rent(8 * Step))));
    }
}
