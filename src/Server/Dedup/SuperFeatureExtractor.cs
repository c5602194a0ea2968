using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Dedup;

/// <summary>
/// Computes super-features from a chunk's samples. Twelve linear functions of the sampled values, modulo 2^32, each take
/// their maximum somewhere; if two chunks have the share s of their samples in common, each maximum is the same with
/// about that probability, the four that make a super-feature with s^4, and one of three super-features with
/// 1 - (1 - s^4)^3: 0.96 for s = 0.9, 0.1 for s = 0.45.
/// <para>Threading: immutable.</para>
/// </summary>
public sealed class SuperFeatureExtractor
{
    /// <summary>Bytes of the secret: for each of the twelve functions a factor, made odd, then for each a summand; little-endian.</summary>
    public const int SecretLength = 2 * Functions * sizeof(uint);

    /// <summary>A chunk with fewer samples has no features: about a kilobyte, where a delta saves nothing worth a base.</summary>
    public const int MinSamples = 8;

    private const int Functions = 12;

    private readonly Vector128<uint> _factorsA, _factorsB, _factorsC;
    private readonly Vector128<uint> _summandsA, _summandsB, _summandsC;

    /// <param name="secret">Exactly <see cref="SecretLength"/> bytes, uniformly random.</param>
    /// <exception cref="ArgumentException">The secret has another length.</exception>
    public SuperFeatureExtractor(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretLength)
            throw new ArgumentException($"The feature secret has {SecretLength} bytes, not {secret.Length}", nameof(secret));
        Span<uint> numbers = stackalloc uint[2 * Functions];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadUInt32LittleEndian(secret[(i * sizeof(uint))..]);
        _factorsA = Vector128.Create<uint>(numbers[..4]) | Vector128<uint>.One;
        _factorsB = Vector128.Create<uint>(numbers[4..8]) | Vector128<uint>.One;
        _factorsC = Vector128.Create<uint>(numbers[8..12]) | Vector128<uint>.One;
        _summandsA = Vector128.Create<uint>(numbers[12..16]);
        _summandsB = Vector128.Create<uint>(numbers[16..20]);
        _summandsC = Vector128.Create<uint>(numbers[20..24]);
    }

    /// <summary>The super-features of a chunk with these samples.</summary>
    public SuperFeatures Extract(ReadOnlySpan<Sample> samples)
    {
        if (samples.Length < MinSamples)
            return default;
        Vector128<uint> a = default, b = default, c = default;
        foreach (var sample in samples)
        {
            var value = Vector128.Create(sample.Value);
            a = Vector128.Max(a, value * _factorsA + _summandsA);
            b = Vector128.Max(b, value * _factorsB + _summandsB);
            c = Vector128.Max(c, value * _factorsC + _summandsC);
        }
        return new SuperFeatures(Combine(a), Combine(b), Combine(c));
    }

    /// <summary>
    /// Hashes four maxima into one number, never <see cref="SuperFeatures.None"/>. Maxima lie close below 2^32, so
    /// they are multiplied apart; the constants are odd numbers without structure (from the 64-bit finaliser of MurmurHash3).
    /// </summary>
    private static uint Combine(Vector128<uint> maxima)
    {
        var pairs = maxima.AsUInt64();
        var mixed = pairs[0] * 0xff51afd7ed558ccd;
        mixed = (mixed ^ (mixed >> 32) ^ pairs[1]) * 0xc4ceb9fe1a85ec53;
        mixed ^= mixed >> 32;
        return Math.Max((uint)mixed, 1);
    }
}
