using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Tests.Dedup;

public class SuperFeatureExtractorTests
{
    private static readonly SuperFeatureExtractor Extractor = new(Secret(1));

    [Fact]
    public void Extract_takes_the_maxima_of_twelve_linear_functions()
    {
        // The same by the definition, one function at a time: a change of a sample that is nobody's maximum is not seen.
        var samples = Samples(2, 300);
        var secret = Secret(1);
        var winners = Enumerable.Range(0, 12)
            .Select(j =>
            {
                var factor = BitConverter.ToUInt32(secret, 4 * j) | 1;
                var summand = BitConverter.ToUInt32(secret, 48 + (4 * j));
                return samples.MaxBy(s => (s.Value * factor) + summand);
            })
            .ToArray();

        Assert.Equal(Extractor.Extract(samples), Extractor.Extract(winners));
        for (var j = 0; j < 12; j++)
        {
            var without = Extractor.Extract([.. samples.Where(s => s != winners[j])]);
            var all = Extractor.Extract(samples);
            bool[] changed = [without.A != all.A, without.B != all.B, without.C != all.C, without.D != all.D];
            Assert.True(changed[j % 4], $"Function {j} has no part in its super-feature");
        }
    }

    [Fact]
    public void Extract_does_not_depend_on_order_position_or_repetition()
    {
        var samples = Samples(3, 200);
        Sample[] moved = [.. samples.Reverse().Select(s => s with { Position = s.Position + 5000 }), samples[0]];
        Assert.Equal(Extractor.Extract(samples), Extractor.Extract(moved));
    }

    [Fact]
    public void Similar_chunks_share_a_super_feature_and_strangers_do_not()
    {
        int similar = 0, strange = 0;
        for (var i = 0; i < 200; i++)
        {
            var samples = Samples(i, 400);
            // One sample in twenty is another: 1 - (1 - 0.95^3)^4 = 0.9996 of such pairs should meet.
            Sample[] edited = [.. samples[..380], .. Samples(1000 + i, 20)];
            similar += Share(Extractor.Extract(samples), Extractor.Extract(edited)) ? 1 : 0;
            strange += Share(Extractor.Extract(samples), Extractor.Extract(Samples(2000 + i, 400))) ? 1 : 0;
        }
        Assert.InRange(similar, 198, 200);
        Assert.Equal(0, strange);
    }

    [Fact]
    public void Extract_of_too_few_samples_gives_none()
    {
        Assert.False(Extractor.Extract(Samples(4, SuperFeatureExtractor.MinSamples - 1)).Exist);
        var least = Extractor.Extract(Samples(4, SuperFeatureExtractor.MinSamples));
        Assert.True(least.Exist);
        Assert.DoesNotContain(SuperFeatures.None, new[] { least.A, least.B, least.C, least.D });
    }

    [Fact]
    public void Extract_under_another_secret_gives_other_features() =>
        Assert.False(Share(Extractor.Extract(Samples(5, 400)), new SuperFeatureExtractor(Secret(2)).Extract(Samples(5, 400))));

    [Fact]
    public void Extract_of_known_samples_never_changes()
    {
        // Features are stored, and compared with those of chunks to come. Changing them makes every stored one useless.
        Assert.Equal(new SuperFeatures(2985968489, 3851895213, 1896118494, 4007443595), Extractor.Extract(Samples(6, 500)));
    }

    [Fact]
    public void Constructor_refuses_a_secret_of_another_length() =>
        Assert.Throws<ArgumentException>(() => new SuperFeatureExtractor(new byte[SuperFeatureExtractor.SecretLength - 1]));

    private static bool Share(SuperFeatures left, SuperFeatures right) =>
        left.A == right.A || left.B == right.B || left.C == right.C || left.D == right.D;

    private static byte[] Secret(int seed) => [.. Numbers(seed, SuperFeatureExtractor.SecretLength / 4).SelectMany(BitConverter.GetBytes)];

    private static Sample[] Samples(int seed, int count) => [.. Numbers(seed, count).Select((value, i) => new Sample(i * 144, value))];

    /// <summary>The same numbers for ever: a Weyl sequence, finished as SplitMix64 does.</summary>
    private static IEnumerable<uint> Numbers(int seed, int count)
    {
        var state = (ulong)seed << 32;
        for (var i = 0; i < count; i++)
        {
            state += 0x9e3779b97f4a7c15;
            var mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
            yield return (uint)((mixed ^ (mixed >> 31)) >> 32);
        }
    }
}
