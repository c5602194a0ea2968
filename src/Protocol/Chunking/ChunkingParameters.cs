using System.Numerics;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// The sizes that decide where a repository's streams are cut; stored in its <c>config</c> and never changed, since other
/// cuts would find nothing of what is stored. Where the defaults come from: <c>docs/decisions/0002-chunking.md</c>.
/// </summary>
public sealed record ChunkingParameters
{
    /// <summary>Bytes: the smallest allowed average.</summary>
    public const int SmallestAverage = 16 << 10;

    /// <summary>Bytes: the largest allowed average. The maximum, four times as long, is what a reader must hold of one chunk.</summary>
    public const int LargestAverage = 1 << 20;

    /// <summary>Average 64 KiB, minimum 16 KiB, maximum 256 KiB, members under 32 KiB grouped.</summary>
    public static ChunkingParameters Default { get; } = ForAverage(64 << 10);

    /// <param name="average">Bytes: a power of two from <see cref="SmallestAverage"/> to <see cref="LargestAverage"/>.</param>
    /// <param name="minimum">Bytes: from 1/16 to 1/2 of the average.</param>
    /// <param name="maximum">Bytes: from 2 to 4 times the average.</param>
    /// <param name="groupThreshold">Bytes: from the minimum to the maximum.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>: a size is outside its range.</exception>
    public ChunkingParameters(int average, int minimum, int maximum, int groupThreshold)
    {
        if (!BitOperations.IsPow2(average))
            throw new RepositoryException(ErrorCode.Usage, $"Average chunk size {average} is not a power of two");
        Require("Average chunk size", average, SmallestAverage, LargestAverage);
        Require("Minimum chunk size", minimum, average / 16, average / 2);
        Require("Maximum chunk size", maximum, average * 2, average * 4);
        Require("Group threshold", groupThreshold, minimum, maximum);
        Average = average;
        Minimum = minimum;
        Maximum = maximum;
        GroupThreshold = groupThreshold;
    }

    /// <summary>Mean length of the chunks of random data without members, in bytes, to a few percent.</summary>
    public int Average { get; }

    /// <summary>Bytes below which no cut is made but at the start and end of large members, and at the stream's end.</summary>
    public int Minimum { get; }

    /// <summary>Bytes of the longest chunk.</summary>
    public int Maximum { get; }

    /// <summary>
    /// Bytes from which on a member has its chunks to itself; smaller neighbours share theirs. Up to twice the average, with
    /// a maximum of four times, no smaller member is ever split.
    /// </summary>
    public int GroupThreshold { get; }

    /// <summary>The measured proportions for an average: a quarter, four times and half of it.</summary>
    /// <param name="average">As for the constructor.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>: the average is outside its range.</exception>
    public static ChunkingParameters ForAverage(int average) =>
        new(average, average / 4, (int)Math.Min(average * 4L, int.MaxValue), average / 2);

    private static void Require(string name, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new RepositoryException(ErrorCode.Usage, $"{name} {value} is not from {least} to {most} bytes");
    }
}
