using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>The bytes of a repository's secrets, as a key file keeps them. Format: 2.1; do not change.</summary>
internal static class KeySecret
{
    private const byte Version = 1;
    private const int PairsOffset = sizeof(byte) + RepositoryKeys.StructureKeySize;

    /// <summary>Writes the secrets: private halves too, if the keys have them.</summary>
    public static byte[] Write(RepositoryKeys keys)
    {
        var bytes = new List<byte> { Version };
        bytes.AddRange(keys.StructureKey);
        bytes.Add((byte)keys.Pairs.Count);
        foreach (var pair in keys.Pairs)
        {
            bytes.AddRange(pair.PublicKey);
            if (pair.PrivateKey is not null)
                bytes.AddRange(pair.PrivateKey);
        }

        return [.. bytes];
    }

    /// <summary>Reads the secrets.</summary>
    /// <param name="repository">Whose they are.</param>
    /// <param name="bytes">What <see cref="Write"/> wrote.</param>
    /// <param name="full">Whether private halves are there.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static RepositoryKeys Read(RepositoryId repository, ReadOnlySpan<byte> bytes, bool full)
    {
        if (bytes.Length > 0 && bytes[0] != Version)
            throw new RepositoryException(ErrorCode.Unsupported, $"Key file: secret has version {bytes[0]}, this build reads {Version}");
        var pairSize = Libsodium.KeyBytes * (full ? 2 : 1);
        if (bytes.Length <= PairsOffset || bytes[PairsOffset] == 0 || bytes.Length != PairsOffset + 1 + bytes[PairsOffset] * pairSize)
            throw new RepositoryException(ErrorCode.Corrupt, $"Key file: secret has {bytes.Length} bytes, which do not hold whole keys");
        var pairs = new List<ContentKeyPair>();
        for (var at = PairsOffset + 1; at < bytes.Length; at += pairSize)
        {
            var publicKey = bytes.Slice(at, Libsodium.KeyBytes);
            var pair = full ? ContentKeyPair.Full(bytes.Slice(at + Libsodium.KeyBytes, Libsodium.KeyBytes)) : ContentKeyPair.SealOnly(publicKey);
            if (!publicKey.SequenceEqual(pair.PublicKey))
                throw new RepositoryException(ErrorCode.Corrupt, "Key file: a private key does not belong to its public key");
            pairs.Add(pair);
        }

        return new RepositoryKeys(repository, bytes.Slice(1, RepositoryKeys.StructureKeySize).ToArray(), pairs);
    }
}
