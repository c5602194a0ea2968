using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Chunking;
using static StreamBack.Protocol.Tests.Chunking.ChunkingFixture;

namespace StreamBack.Protocol.Tests.Chunking;

public class ChunkerTests
{
    [Fact]
    public void Chunks_are_the_stream_in_order_however_it_is_fed()
    {
        var streams =
            from seed in Gen.Choose(0, 1000)
            from length in Gen.Choose(0, 3_000_000)
            from slice in Gen.Choose(1, 500_000)
            select (seed, length, slice);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(30),
            Prop.ForAll(streams.ToArbitrary(), s =>
            {
                var stream = Bytes(s.seed, s.length);
                var random = new System.Random(s.seed);
                var sliced = Cut(stream, slice: () => random.Next(1, s.slice));
                AssertSame(Cut(stream), sliced);
                return sliced.SelectMany(c => c.Bytes).SequenceEqual(stream)
                    && sliced.Select(c => c.Offset).SequenceEqual(Offsets(sliced));
            }));
    }

    [Fact]
    public void Chunks_are_the_same_when_fed_byte_by_byte()
    {
        var stream = Bytes(11, 1_500_000);
        AssertSame(Cut(stream), Cut(stream, slice: () => 1));
    }

    [Fact]
    public void Samples_of_all_chunks_are_those_of_the_stream()
    {
        var stream = Bytes(12, 3_000_000);
        var scanner = new SampleScanner(Rolling);
        var expected = new Sample[SampleScanner.MaxSamples(stream.Length)];
        var count = scanner.Scan(stream, 0, stream.Length, expected);

        var chunks = Cut(stream, slice: () => 70_001);

        Assert.Equal(expected[..count], chunks.SelectMany(c => c.Samples.Select(s => s with { Position = s.Position + (int)c.Offset })));
        Assert.All(chunks, c => Assert.All(c.Samples, s => Assert.InRange(s.Position, 1, c.Bytes.Length)));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(256)]
    public void Chunks_of_random_bytes_keep_the_bounds_and_the_mean(int averageKiB)
    {
        var sizes = ChunkingParameters.ForAverage(averageKiB << 10);
        var chunks = Cut(Bytes(13, 600 * sizes.Average), sizes);

        Assert.All(chunks.SkipLast(1), c => Assert.InRange(c.Bytes.Length, sizes.Minimum, sizes.Maximum));
        // 600 chunks with a spread of about two thirds of the average: the mean's is below 3 %.
        Assert.InRange(chunks.Average(c => c.Bytes.Length), sizes.Average * 0.9, sizes.Average * 1.1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    public void Chunks_of_a_repeated_byte_have_the_maximal_length(byte value)
    {
        var stream = new byte[5_000_000];
        Array.Fill(stream, value);
        var chunks = Cut(stream);
        // The first may end earlier, at the one sample that the start of the run can have.
        Assert.All(chunks.Skip(1).SkipLast(1), c => Assert.Equal(Smallest.Maximum, c.Bytes.Length));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(777, 0)]
    [InlineData(0, 777)]
    [InlineData(100_000, 0)]
    [InlineData(0, 100_000)]
    [InlineData(64, 64)]
    public void Edit_changes_only_the_chunks_around_it(int removed, int inserted)
    {
        const int Length = 4_000_000, At = 2_000_000;
        var stream = Bytes(14, Length);
        byte[] edited = [.. stream[..At], .. Bytes(15, inserted), .. stream[(At + removed)..]];

        var known = Cut(stream).Select(c => c.Hash).ToHashSet();
        var changed = Cut(edited).Where(c => !known.Contains(c.Hash)).Sum(c => (long)c.Bytes.Length);

        // What was inserted, the chunks that it cuts into, and a few until the cuts agree again.
        Assert.InRange(changed, 1, inserted + (8L * Smallest.Average));
    }

    [Fact]
    public void Finish_of_an_empty_stream_rents_and_emits_nothing()
    {
        var chunker = new Chunker(Rolling, Smallest, () => throw new InvalidOperationException("Rented"), _ => Assert.Fail("Emitted"));
        chunker.BeginMember(0);
        chunker.Append([]);
        chunker.Finish();
    }

    [Fact]
    public void Chunker_takes_nothing_after_the_end()
    {
        var chunker = new Chunker(Rolling, Smallest, () => new ChunkBatch(Smallest), _ => { });
        chunker.Finish();
        Assert.Throws<InvalidOperationException>(() => chunker.Append([1]));
        Assert.Throws<InvalidOperationException>(() => chunker.BeginMember(1));
        Assert.Throws<InvalidOperationException>(chunker.Finish);
    }

    [Fact]
    public void Batches_hold_a_mebibyte_but_for_the_last()
    {
        var lengths = new List<int>();
        var chunker = new Chunker(Rolling, Smallest, () => new ChunkBatch(Smallest), b => lengths.Add(b.Chunks[^1].Offset + b.Chunks[^1].Length));
        chunker.Append(Bytes(16, 10_000_000));
        chunker.Finish();
        Assert.All(lengths.SkipLast(1), length => Assert.InRange(length, ChunkBatch.TargetLength, ChunkBatch.TargetLength + Smallest.Maximum));
        Assert.Equal(10_000_000, lengths.Sum());
    }

    internal static void AssertSame(List<CutChunk> expected, List<CutChunk> actual)
    {
        Assert.Equal(expected.Select(c => (c.Offset, c.Hash)), actual.Select(c => (c.Offset, c.Hash)));
        Assert.Equal(expected.SelectMany(c => c.Samples), actual.SelectMany(c => c.Samples));
    }

    private static IEnumerable<long> Offsets(IEnumerable<CutChunk> chunks)
    {
        var offset = 0L;
        foreach (var chunk in chunks)
        {
            yield return offset;
            offset += chunk.Bytes.Length;
        }
    }
}
