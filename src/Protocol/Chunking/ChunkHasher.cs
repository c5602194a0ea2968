using System.Security.Cryptography;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// Makes chunk ids: HMAC-SHA-256(secret, SHA-256(chunk)). The plain hash inside lets a client that lacks the secret ask
/// for a chunk by what it can compute; the keyed one outside keeps stored ids from confirming a guessed content.
/// <para>Threading: immutable; one instance serves any number of threads.</para>
/// </summary>
/// <remarks>
/// The HMAC is put together from one-shot hashes, each of whose inputs is known to be short: a reusable HMAC object would
/// cost as much and bind each instance to a thread, and the one-shot HMAC hashes the key again each time.
/// </remarks>
public sealed class ChunkHasher
{
    /// <summary>Bytes of the secret.</summary>
    public const int SecretLength = 32;

    /// <summary>Bytes of a plain SHA-256.</summary>
    public const int ContentHashLength = SHA256.HashSizeInBytes;

    /// <summary>Bytes that SHA-256 takes at once, and so of a padded HMAC key (RFC 2104).</summary>
    private const int BlockLength = 64;

    private readonly byte[] _innerKey = new byte[BlockLength];
    private readonly byte[] _outerKey = new byte[BlockLength];

    /// <param name="secret">Exactly <see cref="SecretLength"/> bytes.</param>
    /// <exception cref="ArgumentException">The secret has another length.</exception>
    public ChunkHasher(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretLength)
            throw new ArgumentException($"The chunk id secret has {SecretLength} bytes, not {secret.Length}", nameof(secret));
        secret.CopyTo(_innerKey);
        secret.CopyTo(_outerKey);
        for (var i = 0; i < BlockLength; i++)
        {
            _innerKey[i] ^= 0x36;
            _outerKey[i] ^= 0x5c;
        }
    }

    /// <summary>The id of a chunk.</summary>
    public ChunkId Hash(ReadOnlySpan<byte> chunk)
    {
        Span<byte> contentHash = stackalloc byte[ContentHashLength];
        SHA256.HashData(chunk, contentHash);
        return OfContentHash(contentHash);
    }

    /// <summary>The id of the chunk that has this plain hash.</summary>
    /// <param name="contentHash">Exactly <see cref="ContentHashLength"/> bytes: SHA-256 of the chunk.</param>
    public ChunkId OfContentHash(ReadOnlySpan<byte> contentHash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(contentHash.Length, ContentHashLength);
        Span<byte> keyed = stackalloc byte[BlockLength + ContentHashLength];
        var result = keyed[BlockLength..];
        _innerKey.CopyTo(keyed);
        contentHash.CopyTo(result);
        SHA256.HashData(keyed, result);
        _outerKey.CopyTo(keyed);
        SHA256.HashData(keyed, result);
        return new ChunkId(result);
    }
}
