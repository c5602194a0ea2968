using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>An X25519 key pair, or its public half alone: each content key is sealed to the public half.</summary>
internal sealed class ContentKeyPair
{
    /// <summary>A pair with its private half.</summary>
    public static ContentKeyPair Full(ReadOnlySpan<byte> privateKey) => new(Libsodium.PublicKey(privateKey), privateKey.ToArray());

    /// <summary>The public half alone: seals, opens nothing.</summary>
    public static ContentKeyPair SealOnly(ReadOnlySpan<byte> publicKey) => new(publicKey.ToArray(), null);

    /// <summary>A new random pair.</summary>
    public static ContentKeyPair New() => Full(RandomNumberGenerator.GetBytes(Libsodium.KeyBytes));

    private ContentKeyPair(byte[] publicKey, byte[]? privateKey)
    {
        PublicKey = publicKey;
        PrivateKey = privateKey;
        Id = SHA256.HashData(publicKey)[..SealingKey.IdSize];
    }

    /// <summary>Names the pair in key slots: the first 16 bytes of SHA-256 of the public half.</summary>
    public byte[] Id { get; }

    /// <summary>32 bytes.</summary>
    public byte[] PublicKey { get; }

    /// <summary>32 bytes, or null in a put key.</summary>
    public byte[]? PrivateKey { get; }
}
