using StreamBack.Server.Bundles;

namespace StreamBack.Server.Tests.Bundles;

/// <summary>Other tests rent from the same pool meanwhile.</summary>
public class BlocksTests
{
    private const int Step = 256 << 10;

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
        var block = Blocks.Rent(length);
        Assert.InRange(block.Length, length, length <= Step / 2 || length > 2 << 20 ? Math.Max(2 * length, 16) : length + Step - 1);
        Blocks.Return(block);
    }

    [Fact]
    public void No_two_have_the_same_block()
    {
        Parallel.For(0, 8, number =>
        {
            for (var round = 0; round < 200; round++)
            {
                var blocks = Enumerable.Range(1, 4).Select(steps => Blocks.Rent(steps * Step)).ToList();
                foreach (var block in blocks)
                    block.AsSpan().Fill((byte)number);
                Assert.All(blocks, block => Assert.False(block.AsSpan().ContainsAnyExcept((byte)number)));
                blocks.ForEach(Blocks.Return);
            }
        });
    }

    [Fact]
    public void A_block_that_is_given_back_is_rented_again()
    {
        // As odd a length as nobody else rents.
        const int length = 7 * Step;
        var blocks = Enumerable.Range(0, 3).Select(_ => Blocks.Rent(length)).ToList();
        blocks.ForEach(Blocks.Return);
        var again = Enumerable.Range(0, 3).Select(_ => Blocks.Rent(length)).ToList();
        Assert.Contains(again, blocks.Contains);
        again.ForEach(Blocks.Return);
    }
}
