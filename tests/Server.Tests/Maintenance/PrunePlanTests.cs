using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Maintenance;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>What becomes of bundles, by how much of them is of use (docs/design/removal.md, 4).</summary>
public class PrunePlanTests
{
    private const long Full = 16 << 20;

    [Fact]
    public void What_is_of_no_use_goes_and_what_is_of_full_use_stays()
    {
        var plan = PrunePlan.Make([Bundle(1, 0), Bundle(2, Full), Bundle(3, 0, mayBeRewritten: false)]);
        Assert.Equal([1, 3], Numbers(plan.Unused));
        Assert.Equal([2], Numbers(plan.Kept));
        Assert.Empty(plan.Rewritten);
    }

    // A twentieth of what is of use: of 20 bundles, one.
    [Theory]
    [InlineData(0.96, 0)]
    [InlineData(0.94, 1)]
    [InlineData(0.5, 18)]
    public void A_twentieth_may_be_of_no_use_and_the_emptiest_are_written_anew_until_it_is_no_more(double used, int least)
    {
        var plan = PrunePlan.Make([.. Enumerable.Range(1, 20).Select(number => Bundle(number, (long)(Full * used) - number))]);
        Assert.InRange(plan.Rewritten.Count, least, Math.Max(least, 20));
        var left = plan.Kept;
        Assert.True(left.Sum(bundle => bundle.Length - bundle.Used) <= 0.05 * (left.Sum(bundle => bundle.Used) + plan.Rewritten.Sum(bundle => bundle.Used)));
        if (plan.Rewritten.Count > 0 && left.Count > 0)
            Assert.True(plan.Rewritten.Max(bundle => bundle.Used) <= left.Min(bundle => bundle.Used));
        if (used > 0.95)
            Assert.Empty(plan.Rewritten);
    }

    [Fact]
    public void One_that_cannot_be_written_anew_stays_however_little_of_it_is_of_use()
    {
        var plan = PrunePlan.Make([Bundle(1, 1, mayBeRewritten: false), Bundle(2, 1)]);
        Assert.Equal([1], Numbers(plan.Kept));
        Assert.Equal([2], Numbers(plan.Rewritten));
    }

    [Theory]
    [InlineData(15, 0)]
    [InlineData(16, 16)]
    public void Sixteen_small_ones_of_a_class_are_joined_and_fewer_are_not(int count, int joined)
    {
        List<BundleUse> bundles = [.. Enumerable.Range(1, count).Select(number => Bundle(number, 1000, length: 1000))];
        bundles.AddRange(Enumerable.Range(50, 15).Select(number => Bundle(number, 1000, length: 1000, chunkClass: ChunkClass.Structure)));
        bundles.Add(Bundle(99, PrunePlan.SmallLength, length: PrunePlan.SmallLength));
        Assert.Equal(joined, PrunePlan.Make(bundles).Rewritten.Count);
    }

    private static BundleUse Bundle(int number, long used, long length = Full, bool mayBeRewritten = true, ChunkClass chunkClass = ChunkClass.Content) =>
        new(ObjectId.TryParse($"{number:x64}", out var id) ? id : default, chunkClass, length, used, mayBeRewritten, MayBeJoined: mayBeRewritten);

    private static IEnumerable<int> Numbers(IEnumerable<BundleUse> bundles) => bundles.Select(bundle => Convert.ToInt32(bundle.Id.ToString(), 16));
}
