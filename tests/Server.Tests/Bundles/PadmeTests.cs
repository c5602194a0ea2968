using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Tests.Bundles;

public class PadmeTests
{
    private static readonly Arbitrary<long> Lengths =
        (from bits in Gen.Choose(1, 40) from value in Gen.Choose(0, int.MaxValue) select Math.Max(2, (long)value << 10 & (1L << bits) - 1)).ToArbitrary();

    [Fact]
    public void Pad_never_shortens_costs_at_most_an_eighth_and_stays_where_it_is() =>
        Prop.ForAll(Lengths, length =>
        {
            var padded = Padme.Pad(length);
            return padded >= length && (padded - length) * 100 <= 12 * length && Padme.Pad(padded) == padded;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Pad_keeps_the_order_and_only_the_leading_bits() =>
        Prop.ForAll(Lengths, Lengths, (one, other) =>
        {
            var padded = Padme.Pad(one);
            var exponent = BitOperations.Log2((ulong)padded);
            var kept = BitOperations.Log2((uint)exponent) + 1;
            return Padme.Pad(Math.Max(one, other)) >= Padme.Pad(Math.Min(one, other)) && (exponent <= kept || padded % (1L << (exponent - kept)) == 0);
        }).QuickCheckThrowOnFailure();

    /// <summary>By hand, from the formula of the paper.</summary>
    [Theory]
    [InlineData(9, 10)]
    [InlineData(16, 16)]
    [InlineData(17, 18)]
    [InlineData(100_001, 100_352)]
    public void Pad_of_some_lengths(long length, long padded) => Assert.Equal(padded, Padme.Pad(length));
}
