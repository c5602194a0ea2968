using System.Numerics;

namespace StreamBack.Server.Bundles;

/// <summary>
/// Lengths that tell little: Padmé (Nikitin et al., PETS 2019) keeps only as many leading bits of a length as the
/// length of its exponent, which costs at most 12 %, and about 1 % for a full bundle.
/// </summary>
internal static class Padme
{
    /// <summary>The least padded length that is <paramref name="length"/> or more.</summary>
    /// <param name="length">2 bytes or more.</param>
    public static long Pad(long length)
    {
        var exponent = BitOperations.Log2((ulong)length);
        var kept = BitOperations.Log2((uint)exponent) + 1;
        var mask = (1L << (exponent - kept)) - 1;
        return length + mask & ~mask;
    }
}
