using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>
/// A repository's secrets, opened: the structure key and the content key pairs, and all that is derived from them.
/// Format: 2.
/// </summary>
/// <remarks>Threading: any number of threads. Owns the secrets in memory; wiped on dispose.</remarks>
internal sealed class RepositoryKeys : IDisposable
{
    /// <summary>Bytes of the structure key.</summary>
    public const int StructureKeySize = 32;

    private readonly byte[] structureKey;

    /// <param name="repository">Whose keys these are.</param>
    /// <param name="structureKey">Exactly <see cref="StructureKeySize"/> bytes; owned from here on.</param>
    /// <param name="pairs">One or more; new files are sealed to the last.</param>
    public RepositoryKeys(RepositoryId repository, byte[] structureKey, IReadOnlyList<ContentKeyPair> pairs)
    {
        if (structureKey.Length != StructureKeySize || pairs.Count == 0)
            throw new ArgumentException($"A structure key has {StructureKeySize} bytes, not {structureKey.Length}, and comes with a key pair");
        Repository = repository;
        this.structureKey = structureKey;
        Pairs = pairs;
    }

    /// <summary>New random keys.</summary>
    public static RepositoryKeys New(RepositoryId repository) =>
        new(repository, RandomNumberGenerator.GetBytes(StructureKeySize), [ContentKeyPair.New()]);

    /// <summary>Whose keys these are.</summary>
    public RepositoryId Repository { get; }

    /// <summary>Content key pairs, oldest first.</summary>
    public IReadOnlyList<ContentKeyPair> Pairs { get; }

    /// <summary>Whether stored content can be opened: true for a full key, false for a put key.</summary>
    public bool OpensContent => Pairs[^1].PrivateKey is not null;

    /// <summary>The structure key's bytes, for key files only.</summary>
    public ReadOnlySpan<byte> StructureKey => structureKey;

    /// <summary>The key of a file's own parts (footer, index page, manifest, …).</summary>
    /// <param name="head">The file's head, which carries the salt.</param>
    public SealingKey FileKey(ReadOnlySpan<byte> head)
    {
        var salt = FileHead.Salt(head);
        Span<byte> key = stackalloc byte[SealingKey.KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, structureKey, key, salt, "streamback file"u8);
        var sealing = new SealingKey(Repository, key, salt[..SealingKey.IdSize]);
        CryptographicOperations.ZeroMemory(key);
        return sealing;
    }

    /// <summary>The key of a structure bundle's frames, from the bytes in its slot.</summary>
    public void FrameKey(ReadOnlySpan<byte> slotSalt, Span<byte> key) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, structureKey, key, slotSalt, "streamback frame"u8);

    /// <summary>The secret of a class's chunk ids: 32 bytes.</summary>
    public byte[] ChunkIdSecret(ChunkClass chunkClass, uint domain)
    {
        var name = chunkClass == ChunkClass.Content ? "content" : "structure";
        return Derive(string.Create(CultureInfo.InvariantCulture, $"streamback chunk id {name} {domain}"), SHA256.HashSizeInBytes);
    }

    /// <summary>The rolling hash's table: 2048 bytes.</summary>
    public byte[] GearTable() => Derive("streamback gear table", 256 * sizeof(ulong));

    /// <summary>Coefficients of the similarity features: 96 bytes, twelve pairs of u32.</summary>
    public byte[] FeatureCoefficients() => Derive("streamback features", 12 * 2 * sizeof(uint));

    /// <summary>The pair with this id, or null.</summary>
    public ContentKeyPair? FindPair(ReadOnlySpan<byte> id)
    {
        foreach (var pair in Pairs)
        {
            if (id.SequenceEqual(pair.Id))
                return pair;
        }

        return null;
    }

    /// <summary>The same keys without any private half.</summary>
    public RepositoryKeys ToPutKeys() =>
        new(Repository, [.. structureKey], [.. Pairs.Select(pair => ContentKeyPair.SealOnly(pair.PublicKey))]);

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(structureKey);
        foreach (var pair in Pairs)
            CryptographicOperations.ZeroMemory(pair.PrivateKey);
    }

    private byte[] Derive(string info, int length)
    {
        Span<byte> salt = stackalloc byte[RepositoryId.Size];
        Repository.CopyTo(salt);
        var derived = new byte[length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, structureKey, derived, salt, Encoding.ASCII.GetBytes(info));
        return derived;
    }
}
