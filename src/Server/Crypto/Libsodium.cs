using System.Runtime.InteropServices;
using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>
/// The few functions of libsodium that .NET has no equal of: Argon2id (RFC 9106) and sealed boxes
/// (X25519, XSalsa20-Poly1305). Debian's package is libsodium23; the soname is bound so that none for development is needed.
/// </summary>
internal static partial class Libsodium
{
    private const string Library = "libsodium.so.23";

    /// <summary>Bytes of an X25519 key, public or private.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes that a sealed box adds: an ephemeral public key (32) and a tag (16).</summary>
    public const int SealBytes = 48;

    /// <summary>Bytes of an Argon2id salt.</summary>
    public const int SaltBytes = 16;

    private const int Argon2Id13 = 2;

    static Libsodium()
    {
        if (sodium_init() < 0)
            throw new RepositoryException(ErrorCode.Failed, "libsodium cannot be initialised");
    }

    /// <summary>Argon2id version 1.3, one lane.</summary>
    public static void DeriveFromPassphrase(
        Span<byte> key, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, ulong passes, ulong memoryBytes)
    {
        if (salt.Length != SaltBytes)
            throw new ArgumentException($"A salt has {SaltBytes} bytes, not {salt.Length}", nameof(salt));
        if (crypto_pwhash(key, (ulong)key.Length, passphrase, (ulong)passphrase.Length, salt, passes, (nuint)memoryBytes, Argon2Id13) != 0)
            throw new RepositoryException(ErrorCode.Failed, $"No memory for the passphrase's {memoryBytes >> 20} MiB");
    }

    /// <summary>Seals a message to a public key; only the private half opens it.</summary>
    /// <param name="box">Exactly <paramref name="message"/> plus <see cref="SealBytes"/> bytes.</param>
    /// <param name="message">Any bytes.</param>
    /// <param name="publicKey">Exactly <see cref="KeyBytes"/> bytes.</param>
    public static void Seal(Span<byte> box, ReadOnlySpan<byte> message, ReadOnlySpan<byte> publicKey)
    {
        CheckBox(box.Length, message.Length, publicKey.Length);
        if (crypto_box_seal(box, message, (ulong)message.Length, publicKey) != 0)
            throw new RepositoryException(ErrorCode.Failed, "libsodium cannot seal to this public key");
    }

    /// <summary>Opens what <see cref="Seal"/> sealed.</summary>
    /// <returns>False if it was made for another key, or changed.</returns>
    public static bool Open(Span<byte> message, ReadOnlySpan<byte> box, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> privateKey)
    {
        CheckBox(box.Length, message.Length, publicKey.Length);
        return crypto_box_seal_open(message, box, (ulong)box.Length, publicKey, privateKey) == 0;
    }

    /// <summary>The public half of an X25519 private key.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> privateKey)
    {
        var publicKey = new byte[KeyBytes];
        if (privateKey.Length != KeyBytes || crypto_scalarmult_base(publicKey, privateKey) != 0)
            throw new ArgumentException($"A private key has {KeyBytes} bytes, not {privateKey.Length}", nameof(privateKey));
        return publicKey;
    }

    private static void CheckBox(int boxLength, int messageLength, int keyLength)
    {
        if (boxLength != messageLength + SealBytes || keyLength != KeyBytes)
            throw new ArgumentException($"A box of {boxLength} bytes cannot hold {messageLength}, or a key of {keyLength} bytes is none");
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial int crypto_pwhash(
        Span<byte> output, ulong outputLength, ReadOnlySpan<byte> passphrase, ulong passphraseLength,
        ReadOnlySpan<byte> salt, ulong operations, nuint memoryBytes, int algorithm);

    [LibraryImport(Library)]
    private static partial int crypto_box_seal(Span<byte> box, ReadOnlySpan<byte> message, ulong messageLength, ReadOnlySpan<byte> publicKey);

    [LibraryImport(Library)]
    private static partial int crypto_box_seal_open(
        Span<byte> message, ReadOnlySpan<byte> box, ulong boxLength, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> privateKey);

    [LibraryImport(Library)]
    private static partial int crypto_scalarmult_base(Span<byte> publicKey, ReadOnlySpan<byte> privateKey);
}
