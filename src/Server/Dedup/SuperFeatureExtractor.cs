using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Dedup;

/// <summary>
/// Computes super-features from a chunk's samples. Twelve linear functions of the sampled values, modulo 2^32, each take
/// their maximum somewhere; if two chunks have the share s of their samples in common, each maximum is the same with
/// about that probability, the three that make a super-feature with s^3, and one of four super-features with
/// 1 - (1 - s^3)^4: 0.99 for s = 0.9, 0.41 for s = 0.5, 0.03 for s = 0.2. Three of four functions each found less
/// (<c>docs/decisions/0002-chunking.md</c>).
/// <para>Threading: immutable.</para>
/// </summary>
public sealed class SuperFeatureExtractor
{
    /// <summary>Bytes of the secret: for each of the twelve functions a factor, made odd, then for each a summand; little-endian.</summary>
    public const int SecretLength = 2 * Functions * sizeof(uint);

    /// <summary>A chunk with fewer samples, about a kilobyte, has no features: so few maxima say little, and a delta saves little.</summary>
    public const int MinSamples = 8;

    private const int Functions = 12;

    /// <summary>Functions 0 to 3, 4 to 7 and 8 to 11; one from each vector, at the same place, make a super-feature.</summary>
    private readonly Vector128<uint> _factors0, _factors1, _factors2;
    private readonly Vector128<uint> _summands0, _summands1, _summands2;

    /// <param name="secret">Exactly <see cref="SecretLength"/> bytes, uniformly random.</param>
    /// <exception cref="ArgumentException">The secret has another length.</exception>
    public SuperFeatureExtractor(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretLength)
            throw new ArgumentException($"The feature secret has {SecretLength} bytes, not {secret.Length}", nameof(secret));
        Span<uint> numbers = stackalloc uint[2 * Functions];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadUInt32LittleEndian(secret[(i * sizeof(uint))..]);
        _factors0 = Vector128.Create<uint>(numbers[..4]) | Vector128<uint>.One;
        _factors1 = Vector128.Create<uint>(numbers[4..8]) | Vector128<uint>.One;
        _factors2 = Vector128.Create<uint>(numbers[8..12]) | Vector128<uint>.One;
        _summands0 = Vector128.Create<uint>(numbers[12..16]);
        _summands1 = Vector128.Create<uint>(numbers[16..20]);
        _summands2 = Vector128.Create<uint>(numbers[20..24]);
    }

    /// <summary>The super-features of a chunk with these samples.</summary>
    public SuperFeatures Extract(ReadOnlySpan<Sample> samples)
    {
        if (samples.Length < MinSamples)
            return default;
        Vector128<uint> maxima0 = default, maxima1 = default, maxima2 = default;
        foreach (var sample in samples)
        {
            var value = Vector128.Create(sample.Value);
            maxima0 = Vector128.Max(maxima0, (value * _factors0) + _summands0);
            maxima1 = Vector128.Max(maxima1, (value * _factors1) + _summands1);
            maxima2 = Vector128.Max(maxima2, (value * _factors2) + _summands2);
        }
        return new SuperFeatures(
            Combine(maxima0[0], maxima1[0], maxima2[0]),
            Combine(maxima0[1], maxima1[1], maxima2[1]),
            Combine(maxima0[2], maxima1[2], maxima2[2]),
            Combine(maxima0[3], maxima1[3], maxima2[3]));
    }

    /// <summary>
    /// Hashes three maxima into one number, never <see cref="SuperFeatures.None"/>. Maxima lie close below 2^32, so they are
    /// multiplied apart, by odd numbers without structure: those of the 64-bit finaliser of MurmurHash3.
    /// </summary>
    private static uint Combine(uint first, uint second, uint third)
    {
        var mixed = (((ulong)first << 32) | second) * 0xff51afd7ed558ccd;
        mixed = (mixed ^ (mixed >> 32) ^ third) * 0xc4ceb9fe1a85ec53;
        return Math.Max((uint)(mixed >> 32), 1);
    }
}
