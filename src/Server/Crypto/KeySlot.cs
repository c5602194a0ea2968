using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>
/// The 128 bytes from which a holder of the right key gets the key of frames or of a manifest's content part.
/// Format: 3.2; do not change.
/// </summary>
internal static class KeySlot
{
    /// <summary>Bytes of a slot.</summary>
    public const int Size = SecretOffset + SecretSize;

    private const byte SealedBox = 1;
    private const byte Derived = 2;

    private const int PairOffset = SealingKey.IdSize;
    private const int AlgorithmOffset = PairOffset + SealingKey.IdSize;
    private const int SecretOffset = AlgorithmOffset + 16;
    private const int SecretSize = SealingKey.KeySize + Libsodium.SealBytes;
    private const int SaltSize = FileHead.SaltSize;

    /// <summary>Makes a new random key and writes the slot that leads to it.</summary>
    /// <param name="slot">Exactly <see cref="Size"/> bytes.</param>
    /// <param name="keys">Content keys are sealed to its last pair, structure keys come from its structure key.</param>
    /// <param name="chunkClass">Who must be able to find the key again.</param>
    public static SealingKey Create(Span<byte> slot, RepositoryKeys keys, ChunkClass chunkClass)
    {
        slot[..Size].Clear();
        RandomNumberGenerator.Fill(slot[..SealingKey.IdSize]);
        Span<byte> key = stackalloc byte[SealingKey.KeySize];
        if (chunkClass == ChunkClass.Content)
        {
            var pair = keys.Pairs[^1];
            RandomNumberGenerator.Fill(key);
            pair.Id.CopyTo(slot[PairOffset..]);
            slot[AlgorithmOffset] = SealedBox;
            Libsodium.Seal(slot.Slice(SecretOffset, SecretSize), key, pair.PublicKey);
        }
        else
        {
            slot[AlgorithmOffset] = Derived;
            var salt = slot.Slice(SecretOffset, SaltSize);
            RandomNumberGenerator.Fill(salt);
            keys.FrameKey(salt, key);
        }

        var sealing = new SealingKey(keys.Repository, key, slot[..SealingKey.IdSize]);
        CryptographicOperations.ZeroMemory(key);
        return sealing;
    }

    /// <summary>The key that a slot leads to.</summary>
    /// <param name="slot">Exactly <see cref="Size"/> bytes.</param>
    /// <param name="keys">What the caller holds.</param>
    /// <param name="chunkClass">The file's class; a slot of the other class's algorithm is damage.</param>
    /// <param name="what">The file's name, for messages.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Denied"/> if the caller holds a put key, or lacks the pair; <see cref="ErrorCode.Corrupt"/>.
    /// </exception>
    public static SealingKey Open(ReadOnlySpan<byte> slot, RepositoryKeys keys, ChunkClass chunkClass, string what)
    {
        var algorithm = slot[AlgorithmOffset];
        if (algorithm != (chunkClass == ChunkClass.Content ? SealedBox : Derived))
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: key slot has algorithm {algorithm}, which a file of class {chunkClass} cannot");
        Span<byte> key = stackalloc byte[SealingKey.KeySize];
        if (algorithm == Derived)
            keys.FrameKey(slot.Slice(SecretOffset, SaltSize), key);
        else
            OpenBox(slot, keys, key, what);
        var sealing = new SealingKey(keys.Repository, key, slot[..SealingKey.IdSize]);
        CryptographicOperations.ZeroMemory(key);
        return sealing;
    }

    private static void OpenBox(ReadOnlySpan<byte> slot, RepositoryKeys keys, Span<byte> key, string what)
    {
        var id = slot.Slice(PairOffset, SealingKey.IdSize);
        var pair = keys.FindPair(id)
            ?? throw new RepositoryException(ErrorCode.Denied, $"{what}: is sealed to key pair {Convert.ToHexStringLower(id[..4])}, which this key file lacks");
        if (pair.PrivateKey is null)
            throw new RepositoryException(ErrorCode.Denied, "This is a put key: it stores and lists, and opens nothing that was stored");
        if (!Libsodium.Open(key, slot.Slice(SecretOffset, SecretSize), pair.PublicKey, pair.PrivateKey))
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: key slot does not open");
    }
}
