using System.Security.Cryptography;
using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Crypto;

/// <summary>
/// A key file: the secrets of one repository, plain or wrapped by a passphrase, with a copy of its config. Format: 2.1.
/// </summary>
internal sealed class KeyFile
{
    /// <summary>Largest key file that is read: a few key pairs and a config are under 4 KiB.</summary>
    public const int MaxBytes = 64 << 10;

    private const int Version = 1;
    private const string Unwrapped = "none";
    private const string Argon2Id = "argon2id";

    private readonly KeyFileJson json;

    private KeyFile(KeyFileJson json, RepositoryId repository)
    {
        this.json = json;
        Repository = repository;
    }

    /// <summary>Whose keys these are.</summary>
    public RepositoryId Repository { get; }

    /// <summary>The repository's config file, as it was when the key was written.</summary>
    public byte[] Config => json.Config;

    /// <summary>Whether a passphrase is needed.</summary>
    public bool NeedsPassphrase => json.Wrap != Unwrapped;

    /// <summary>Whether it opens stored content; a put key file does not.</summary>
    public bool HoldsFullKey => json.Holds == "full";

    /// <summary>Writes a key file.</summary>
    /// <param name="passphrase">Wraps the secret; null leaves it plain, for a file of mode 0600.</param>
    public static byte[] Write(RepositoryKeys keys, ReadOnlySpan<byte> config, string? passphrase)
    {
        var secret = KeySecret.Write(keys);
        var parameters = passphrase is null ? null : Passphrase.New();
        var json = new KeyFileJson
        {
            Version = Version,
            Repository = keys.Repository.ToString(),
            Holds = keys.OpensContent ? "full" : "put",
            Config = config.ToArray(),
            Wrap = parameters is null ? Unwrapped : Argon2Id,
            Memory = parameters?.MemoryBytes,
            Passes = parameters?.Passes,
            Salt = parameters is null ? null : Convert.ToHexStringLower(parameters.Salt),
            Secret = secret,
        };
        if (parameters is not null)
            json = json with { Secret = Wrap(secret, parameters.DeriveKey(passphrase!), Associated(json, keys.Repository)) };
        return [.. json.Write(), (byte)'\n'];
    }

    /// <summary>Reads a key file without opening it.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if it is none, or damaged; <see cref="ErrorCode.Unsupported"/>.</exception>
    public static KeyFile Read(ReadOnlySpan<byte> bytes, string what)
    {
        try
        {
            var json = StoredJson.Read(bytes, KeyFileJson.Read);
            if (!RepositoryId.TryParse(json.Repository, out var repository))
                throw new RepositoryException(ErrorCode.Denied, $"{what} is not a key file");
            if (json.Version != Version || json.Holds is not ("full" or "put") || json.Wrap is not (Unwrapped or Argon2Id))
                throw new RepositoryException(ErrorCode.Unsupported, $"{what}: this build does not know key files of version {json.Version}, {json.Holds}, {json.Wrap}");
            if (json.Sum is { } sum && sum != json.SumOfAll())
                throw new RepositoryException(ErrorCode.Denied, $"{what} is damaged: use another copy of this key, or the printed recovery key");
            return new KeyFile(json, repository);
        }
        catch (JsonException error)
        {
            throw new RepositoryException(ErrorCode.Denied, $"{what} is not a key file", error);
        }
    }

    /// <summary>Opens the secrets.</summary>
    /// <param name="passphrase">Needed if <see cref="NeedsPassphrase"/>.</param>
    /// <returns>Null if the passphrase is wrong.</returns>
    public RepositoryKeys? TryOpen(string? passphrase)
    {
        if (!NeedsPassphrase)
            return KeySecret.Read(Repository, json.Secret, HoldsFullKey);
        if (passphrase is null)
            return null;
        if (json.Memory is not { } memory || json.Passes is not { } passes || json.Salt is null || json.Secret.Length < SealingKey.TagSize)
            throw new RepositoryException(ErrorCode.Corrupt, "Key file: the parameters of its passphrase are missing");
        var secret = Unwrap(json.Secret, new Passphrase(memory, passes, Salt(json.Salt)).DeriveKey(passphrase), Associated(json, Repository));
        return secret is null ? null : KeySecret.Read(Repository, secret, HoldsFullKey);
    }

    private static byte[] Salt(string hex)
    {
        try
        {
            return Convert.FromHexString(hex);
        }
        catch (FormatException error)
        {
            throw new RepositoryException(ErrorCode.Corrupt, "Key file: the salt is not hexadecimal", error);
        }
    }

    private static byte[] Associated(KeyFileJson json, RepositoryId repository)
    {
        var id = new byte[RepositoryId.Size];
        repository.CopyTo(id);
        return [.. "streamback key 1 "u8, .. System.Text.Encoding.ASCII.GetBytes(json.Holds), .. id, .. SHA256.HashData(json.Config)];
    }

    private static byte[] Wrap(byte[] secret, byte[] key, byte[] associated)
    {
        using var cipher = new AesGcm(key, SealingKey.TagSize);
        var wrapped = new byte[secret.Length + SealingKey.TagSize];
        cipher.Encrypt(Nonce, secret, wrapped.AsSpan(0, secret.Length), wrapped.AsSpan(secret.Length), associated);
        return wrapped;
    }

    private static byte[]? Unwrap(byte[] wrapped, byte[] key, byte[] associated)
    {
        using var cipher = new AesGcm(key, SealingKey.TagSize);
        var secret = new byte[wrapped.Length - SealingKey.TagSize];
        try
        {
            cipher.Decrypt(Nonce, wrapped.AsSpan(0, secret.Length), wrapped.AsSpan(secret.Length), secret, associated);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    // The salt is fresh for every file, so the key seals once and the nonce may stand still.
    private static ReadOnlySpan<byte> Nonce => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}
