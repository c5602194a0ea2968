using System.Security.Cryptography;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// Makes chunk ids: HMAC-SHA-256(secret, SHA-256(chunk)). The plain hash inside lets a client that lacks the secret ask
/// for a chunk by what it can compute; the keyed one outside keeps stored ids from confirming a guessed content.
/// <para>Threading: one thread at a time; give each its own.</para>
/// </summary>
/// <remarks>
/// The keyed half takes half a microsecond for each chunk, since the HMAC object keeps its key hashed; a one-shot HMAC,
/// which hashes it anew, takes twice that.
/// </remarks>
public sealed class ChunkHasher : IDisposable
{
    /// <summary>Bytes of the secret.</summary>
    public const int SecretLength = 32;

    /// <summary>Bytes of a plain SHA-256.</summary>
    public const int ContentHashLength = SHA256.HashSizeInBytes;

    private readonly IncrementalHash keyed;

    /// <param name="secret">Exactly <see cref="SecretLength"/> bytes.</param>
    /// <exception cref="ArgumentException">The secret has another length.</exception>
    public ChunkHasher(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretLength)
            throw new ArgumentException($"The chunk id secret has {SecretLength} bytes, not {secret.Length}", nameof(secret));
        keyed = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
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
        Span<byte> id = stackalloc byte[ChunkId.Length];
        keyed.AppendData(contentHash);
        keyed.GetHashAndReset(id);
        return new ChunkId(id);
    }

    public void Dispose() => keyed.Dispose();
}
