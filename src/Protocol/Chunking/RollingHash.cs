using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// A gear hash over a sliding window of 64 bytes: <c>h = (h &lt;&lt; 1) + table[byte]</c> in 64 bits, so that a byte has left
/// the hash after 64 more. The top bits depend on the whole window, the low ones on its end only: decide on the top bits.
/// <para>Threading: immutable.</para>
/// </summary>
/// <remarks>
/// The table is secret, because cut points of a known table tell what was cut. It is no more than a hurdle: see
/// <c>docs/design/threat-model.md</c> for why chunk lengths are hidden as well.
/// </remarks>
public sealed class RollingHash
{
    /// <summary>Bytes that a hash depends on: one for each bit of it.</summary>
    public const int WindowLength = 64;

    /// <summary>Bytes of the secret that the table is made of: 256 numbers of 8 bytes, little-endian.</summary>
    public const int SecretLength = 256 * sizeof(ulong);

    private readonly ulong[] table = new ulong[256];

    /// <param name="secret">Exactly <see cref="SecretLength"/> bytes, uniformly random.</param>
    /// <exception cref="ArgumentException">The secret has another length.</exception>
    public RollingHash(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretLength)
            throw new ArgumentException($"The rolling hash's secret has {SecretLength} bytes, not {secret.Length}", nameof(secret));
        for (var value = 0; value < table.Length; value++)
            table[value] = BinaryPrimitives.ReadUInt64LittleEndian(secret[(value * sizeof(ulong))..]);
    }

    /// <summary>The hash at the start of a stream: that of 64 zero bytes, which every stream is taken to follow.</summary>
    public ulong Start => 0 - table[0];

    /// <summary>The first of the table's 256 numbers; for the scan, which indexes it by bytes and so needs no bounds checks.</summary>
    internal ref ulong Table => ref MemoryMarshal.GetArrayDataReference(table);

    /// <summary>The hash after one more byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next(ulong hash, byte value) => (hash << 1) + table[value];

    /// <summary>The hash behind <paramref name="window"/>; equals the rolled one if that has at least 64 bytes.</summary>
    public ulong Of(ReadOnlySpan<byte> window)
    {
        var hash = Start;
        foreach (var value in window)
            hash = Next(hash, value);
        return hash;
    }
}
