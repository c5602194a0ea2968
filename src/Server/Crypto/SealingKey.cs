using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>
/// One AES-256-GCM key, and the associated data that ties what it seals to a repository, a kind of part and an ordinal
/// (format: 3). The ordinal is the nonce, so the caller never seals twice with the same one.
/// </summary>
/// <remarks>Threading: any number of threads. Owns a copy of the key, wiped on dispose.</remarks>
internal sealed class SealingKey : IDisposable
{
    /// <summary>Bytes that sealing adds.</summary>
    public const int TagSize = 16;

    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of a key id.</summary>
    public const int IdSize = 16;

    private const int NonceSize = 12;
    private const int OrdinalOffset = sizeof(ushort) + sizeof(byte) + RepositoryId.Size + IdSize;
    private const int AssociatedSize = OrdinalOffset + sizeof(ulong);

    // Pinned, so that the collector never moves it and leaves a copy where it was.
    private readonly byte[] key = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);
    private readonly byte[] associated = new byte[AssociatedSize];

    // An AesGcm serves one thread at a time, and making one costs as much as sealing a page.
    private readonly ConcurrentBag<AesGcm> ciphers = [];

    /// <summary>A key for one file, or for frames.</summary>
    /// <param name="repository">The repository that it seals for.</param>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes; copied.</param>
    /// <param name="id">Exactly <see cref="IdSize"/> bytes.</param>
    public SealingKey(RepositoryId repository, ReadOnlySpan<byte> key, ReadOnlySpan<byte> id)
    {
        if (key.Length != KeySize || id.Length != IdSize)
            throw new ArgumentException($"A key has {KeySize} bytes and an id of {IdSize}, not {key.Length} and {id.Length}");
        key.CopyTo(this.key);
        BinaryPrimitives.WriteUInt16LittleEndian(associated, FileHead.FormatVersion);
        repository.CopyTo(associated.AsSpan(sizeof(ushort) + sizeof(byte)));
        id.CopyTo(associated.AsSpan(OrdinalOffset - IdSize));
    }

    /// <summary>Seals a part.</summary>
    /// <param name="destination">Exactly <paramref name="plain"/> plus <see cref="TagSize"/> bytes; may begin at the same place.</param>
    public void Seal(SealedKind kind, ulong ordinal, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Span<byte> data = stackalloc byte[AssociatedSize];
        Bind(kind, ordinal, nonce, data);
        var cipher = Rent();
        cipher.Encrypt(nonce, plain, destination[..plain.Length], destination.Slice(plain.Length, TagSize), data);
        ciphers.Add(cipher);
    }

    /// <summary>Seals a part into a new array.</summary>
    public byte[] Seal(SealedKind kind, ulong ordinal, ReadOnlySpan<byte> plain)
    {
        var sealedPart = new byte[plain.Length + TagSize];
        Seal(kind, ordinal, plain, sealedPart);
        return sealedPart;
    }

    /// <summary>Opens a part.</summary>
    /// <param name="plain">Exactly <paramref name="sealedPart"/> less <see cref="TagSize"/> bytes.</param>
    /// <returns>False if it is not what was sealed as this kind with this ordinal; <paramref name="plain"/> then holds nothing.</returns>
    public bool TryOpen(SealedKind kind, ulong ordinal, ReadOnlySpan<byte> sealedPart, Span<byte> plain)
    {
        if (sealedPart.Length < TagSize)
            return false;
        Span<byte> nonce = stackalloc byte[NonceSize];
        Span<byte> data = stackalloc byte[AssociatedSize];
        Bind(kind, ordinal, nonce, data);
        var cipher = Rent();
        try
        {
            cipher.Decrypt(nonce, sealedPart[..^TagSize], sealedPart[^TagSize..], plain[..(sealedPart.Length - TagSize)], data);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            ciphers.Add(cipher);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(key);
        while (ciphers.TryTake(out var cipher))
            cipher.Dispose();
    }

    private AesGcm Rent() => ciphers.TryTake(out var cipher) ? cipher : new AesGcm(key, TagSize);

    private void Bind(SealedKind kind, ulong ordinal, Span<byte> nonce, Span<byte> data)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[^sizeof(ulong)..], ordinal);
        associated.CopyTo(data);
        data[sizeof(ushort)] = (byte)kind;
        BinaryPrimitives.WriteUInt64LittleEndian(data[OrdinalOffset..], ordinal);
    }
}
