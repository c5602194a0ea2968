namespace StreamBack.Protocol.Chunking;

/// <summary>
/// Whether a chunk ends at a place that offers itself: a sample or the border of two members. It looks only at the
/// chunk's start, the bytes and members up to that place, and the announced end of the present member.
/// </summary>
internal sealed class CutRule(ChunkingParameters parameters)
{
    /// <summary>
    /// Positions are cut candidates once in this many bytes before the average length, and twice as often after it. With
    /// the minimum at a quarter of the average, that puts the mean at the average and narrows the spread around it.
    /// </summary>
    private readonly uint _thresholdBeforeAverage = Threshold(parameters.Average);
    private readonly uint _thresholdAfterAverage = Threshold(parameters.Average / 2);

    /// <summary>True if a chunk that is <paramref name="length"/> bytes long at a sample ends there.</summary>
    public bool EndsAtSample(int length, uint value) =>
        length >= parameters.Minimum
        && value < (length < parameters.Average ? _thresholdBeforeAverage : _thresholdAfterAverage);

    /// <summary>True if a chunk that is <paramref name="length"/> bytes long ends between two small members.</summary>
    public bool EndsBetweenSmallMembers(int length) => length >= parameters.Minimum;

    /// <summary>True if a member of this length shares no chunk with its neighbours.</summary>
    public bool StandsAlone(long memberLength) => memberLength >= parameters.GroupThreshold;

    /// <summary>The bound on a sample's value that holds for one position in <paramref name="distance"/>.</summary>
    private static uint Threshold(int distance) => (uint)(SampleScanner.MeanDistance / distance * (1UL << 32));
}
