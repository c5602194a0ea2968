using System.Text;
using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>How hard a passphrase is to guess: Argon2id's parameters, kept with what they protect.</summary>
/// <param name="MemoryBytes">Memory that one guess takes.</param>
/// <param name="Passes">Times that it goes over that memory.</param>
/// <param name="Salt">16 random bytes.</param>
internal sealed record Passphrase(long MemoryBytes, long Passes, byte[] Salt)
{
    /// <summary>64 MiB and 3 passes: RFC 9106's second recommendation, about 0.1 s on one core. Also the least that is accepted.</summary>
    private const long MemoryFloor = 64L << 20;

    private const long PassesFloor = 3;

    /// <summary>4 GiB and 64 passes: above it a changed key file could stop a machine.</summary>
    private const long MemoryCeiling = 4L << 30;

    private const long PassesCeiling = 64;

    /// <summary>Fresh parameters with a random salt.</summary>
    public static Passphrase New() =>
        new(MemoryFloor, PassesFloor, System.Security.Cryptography.RandomNumberGenerator.GetBytes(Libsodium.SaltBytes));

    /// <summary>The key that wraps the secret.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if the parameters are outside their bounds.</exception>
    public byte[] DeriveKey(string passphrase)
    {
        if (MemoryBytes is < MemoryFloor or > MemoryCeiling || Passes is < PassesFloor or > PassesCeiling || Salt.Length != Libsodium.SaltBytes)
        {
            throw new RepositoryException(
                ErrorCode.Corrupt,
                $"Key file: Argon2id with {MemoryBytes} bytes, {Passes} passes and a salt of {Salt.Length} bytes is outside what is accepted");
        }

        var key = new byte[SealingKey.KeySize];
        Libsodium.DeriveFromPassphrase(key, Encoding.UTF8.GetBytes(passphrase), Salt, (ulong)Passes, (ulong)MemoryBytes);
        return key;
    }
}
