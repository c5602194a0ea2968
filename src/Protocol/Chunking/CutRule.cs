namespace StreamBack.Protocol.Chunking;

/// <summary>
/// Whether a chunk ends at a place that offers itself: a sample or the border of two members. It looks only at what lies
/// between the chunk's start and that place. The proportions are measured: <c>docs/decisions/0002-chunking.md</c>.
/// <para>Threading: immutable.</para>
/// </summary>
internal sealed class CutRule(RollingHash rollingHash, ChunkingParameters parameters)
{
    /// <summary>
    /// Small members join until the hash before a border has this many leading zero bits: one border in four. So groups
    /// agree again soon after a member came or went, which they would not if the first border after the minimum counted.
    /// </summary>
    private const int BorderZeroBits = 2;

    /// <summary>
    /// A sample is a cut once in this many bytes before the average length, and twice as often after it. With the
    /// minimum at a quarter of the average, that puts the mean at the average and narrows the spread around it.
    /// </summary>
    private readonly uint thresholdBeforeAverage = Threshold(parameters.Average);
    private readonly uint thresholdAfterAverage = Threshold(parameters.Average / 2);

    /// <summary>True if a chunk that is <paramref name="length"/> bytes long at a sample ends there.</summary>
    public bool EndsAtSample(int length, uint value) =>
        length >= parameters.Minimum
        && value < (length < parameters.Average ? thresholdBeforeAverage : thresholdAfterAverage);

    /// <summary>
    /// True if <paramref name="chunk"/>, which reaches to the border of two small members, ends there: always from twice
    /// the average on, so that the next small member still fits under the maximum.
    /// </summary>
    public bool EndsBetweenSmallMembers(ReadOnlySpan<byte> chunk) =>
        chunk.Length >= parameters.Minimum
        && (chunk.Length >= 2 * parameters.Average
            || rollingHash.Of(chunk[^RollingHash.WindowLength..]) >> (64 - BorderZeroBits) == 0);

    /// <summary>True if a member of this length, or -1 for none, shares no chunk with its neighbours.</summary>
    public bool StandsAlone(long memberLength) => memberLength >= parameters.GroupThreshold;

    /// <summary>The bound on a sample's value that holds for one position in <paramref name="distance"/>.</summary>
    private static uint Threshold(int distance) => (uint)(SampleScanner.MeanDistance / distance * (1UL << 32));
}
