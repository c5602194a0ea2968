using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Protocol.Tests.Chunking;

public class SampleScannerTests
{
    [Fact]
    public void Scan_finds_what_the_definition_says_in_any_content_and_any_division()
    {
        var contents =
            from seed in Gen.Choose(0, 1000)
            from length in Gen.Choose(0, 20_000)
            from period in Gen.Elements(1, 2, 3, 7, 16, 33, 700, 20_000)
            from slices in Gen.Elements(1, 5, 64, 1023, 1024, 1025, 4099, 20_000)
            select (seed, length, period, slices);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(contents.ToArbitrary(), c =>
            {
                var pattern = ChunkingFixture.Bytes(c.seed, c.period);
                var bytes = Enumerable.Range(0, c.length).Select(i => pattern[i % c.period]).ToArray();
                return Scan(bytes, c.slices).SequenceEqual(Define(bytes));
            }));
    }

    [Fact]
    public void Scan_with_a_position_just_before_the_second_lane_leaves_out_its_first_sample()
    {
        // Shifts a stream over the seam of the two lanes, where some thirty pairs of near positions come to lie across it.
        const int ScanLength = 1024, Shift = 8;
        var bytes = ChunkingFixture.Bytes(5, 32_000);
        for (var start = 0; start + ScanLength <= bytes.Length; start += Shift)
        {
            var part = bytes[start..(start + ScanLength)];
            Assert.Equal(Define(part), Scan(part, part.Length));
        }
    }

    [Fact]
    public void Scan_of_random_bytes_finds_samples_at_the_stated_mean_distance()
    {
        var bytes = ChunkingFixture.Bytes(3, 4 << 20);
        var expected = bytes.Length / SampleScanner.MeanDistance;
        // 29 000 samples: their number's standard deviation is below 0.6 %.
        Assert.InRange(Scan(bytes, bytes.Length).Count, expected * 0.97, expected * 1.03);
    }

    [Fact]
    public void Scan_of_any_repeated_byte_finds_at_most_one_sample_once_the_window_is_full()
    {
        for (var value = 0; value < 256; value++)
        {
            var bytes = new byte[10_000];
            Array.Fill(bytes, (byte)value);
            Assert.True(Scan(bytes, bytes.Length).Count(s => s.Position >= RollingHash.WindowLength) <= 1);
        }
    }

    /// <summary>The samples by their definition: hash below the limit, and no other such hash in the 15 positions before.</summary>
    private static List<Sample> Define(byte[] bytes)
    {
        var samples = new List<Sample>();
        var hash = ChunkingFixture.Rolling.Start;
        var low = Enumerable.Range(1, bytes.Length)
            .Select(position => (position, hash: hash = ChunkingFixture.Rolling.Next(hash, bytes[position - 1])))
            .Where(p => p.hash >> 57 == 0)
            .ToList();
        for (var i = 0; i < low.Count; i++)
        {
            if (i == 0 || low[i].position - low[i - 1].position >= 16)
                samples.Add(new Sample(low[i].position, (uint)(low[i].hash >> 25)));
        }
        return samples;
    }

    private static List<Sample> Scan(byte[] bytes, int slice)
    {
        var scanner = new SampleScanner(ChunkingFixture.Rolling);
        var found = new List<Sample>();
        for (var from = 0; from < bytes.Length;)
        {
            var to = Math.Min(from + slice, bytes.Length);
            var room = new Sample[SampleScanner.MaxSamples(to - from)];
            found.AddRange(room[..scanner.Scan(bytes, from, to, room)]);
            from = to;
        }
        return found;
    }
}
