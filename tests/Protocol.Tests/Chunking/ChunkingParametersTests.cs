using StreamBack.Protocol.Chunking;

namespace StreamBack.Protocol.Tests.Chunking;

public class ChunkingParametersTests
{
    [Theory]
    [InlineData(8 << 10)]
    [InlineData(2 << 20)]
    [InlineData(48 << 10)]
    [InlineData(0)]
    [InlineData(int.MinValue)]
    [InlineData(1 << 30)]
    public void ForAverage_refuses_an_average_that_is_no_power_of_two_or_out_of_range(int average) =>
        AssertRefused(() => ChunkingParameters.ForAverage(average));

    [Theory]
    [InlineData(2 << 10, 128 << 10, 32 << 10)]
    [InlineData(48 << 10, 128 << 10, 64 << 10)]
    [InlineData(16 << 10, 64 << 10, 32 << 10)]
    [InlineData(16 << 10, 512 << 10, 32 << 10)]
    [InlineData(16 << 10, 128 << 10, 256 << 10)]
    public void Constructor_refuses_other_sizes_out_of_range(int minimum, int maximum, int groupThreshold) =>
        AssertRefused(() => _ = new ChunkingParameters(64 << 10, minimum, maximum, groupThreshold));

    [Theory]
    [InlineData(ChunkingParameters.SmallestAverage)]
    [InlineData(ChunkingParameters.LargestAverage)]
    public void ForAverage_takes_both_ends_of_the_range(int average) =>
        Assert.Equal(average, ChunkingParameters.ForAverage(average).Average);

    private static void AssertRefused(Action action) =>
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(action).Code);
}
