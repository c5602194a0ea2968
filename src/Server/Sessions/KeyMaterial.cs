using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>What a user brings to open a repository: a key file, or the passphrase of one that is kept in it, or both.</summary>
/// <param name="File">A key file's bytes, or those of a recovery text; null to try the repository's own.</param>
/// <param name="FileName">What the file is called, for messages.</param>
/// <param name="Passphrase">Asked only if one is needed; null if there is none.</param>
public sealed record KeyMaterial(byte[]? File, string FileName, Func<string?> Passphrase)
{
    /// <summary>Opens the keys of the repository in this store.</summary>
    /// <returns>The keys, and the copy of the config that came with them (empty from a recovery text).</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>.</exception>
    internal (RepositoryKeys Keys, byte[] Config) Open(IFileStore store)
    {
        return File is null ? OpenStored(store) : OpenFile(File);
    }

    /// <summary>The put key of the key file or recovery text, as a key file's bytes: what a machine may have that opens nothing.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>.</exception>
    public byte[] PutKey()
    {
        var (keys, config) = OpenFile(File ?? throw new RepositoryException(ErrorCode.Denied, "No key file was given (--key-file, STREAMBACK_KEY_FILE)"));
        using (keys)
        using (var putKeys = keys.ToPutKeys())
            return KeyFile.Write(putKeys, config, passphrase: null);
    }

    /// <summary>Whether these are the bytes of a key file that a passphrase wraps.</summary>
    public static bool NeedsPassphrase(byte[] file, string name) =>
        file.AsSpan().TrimStart((byte)' ').StartsWith("{"u8) && KeyFile.Read(file, name).NeedsPassphrase;

    /// <summary>The id of the repository whose key file or recovery text these bytes are, 32 hex digits.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if they are neither.</exception>
    public static string RepositoryOf(byte[] file, string name)
    {
        if (!IsRecovery(file, out var text))
            return KeyFile.Read(file, name).Repository.ToString();
        using var keys = RecoveryText.Read(text);
        return keys.Repository.ToString();
    }

    private (RepositoryKeys Keys, byte[] Config) OpenFile(byte[] bytes)
    {
        if (IsRecovery(bytes, out var text))
            return (RecoveryText.Read(text), []);
        var file = KeyFile.Read(bytes, FileName);
        return (TryOpen(file) ?? throw new RepositoryException(ErrorCode.Denied, $"The passphrase does not open {FileName}"), file.Config);
    }

    private static bool IsRecovery(byte[] file, out string text)
    {
        text = Encoding.UTF8.GetString(file);
        return !text.TrimStart().StartsWith('{') && RecoveryText.Resembles(text);
    }

    private (RepositoryKeys Keys, byte[] Config) OpenStored(IFileStore store)
    {
        var ids = store.List(FileKind.Key);
        if (ids.Count == 0)
            throw new RepositoryException(ErrorCode.Denied, $"No key: {store.Location} keeps none, and no key file was given (--key-file, STREAMBACK_KEY_FILE)");
        string? passphrase = null;
        RepositoryException? damage = null;
        foreach (var id in ids)
        {
            if (ReadStored(store, id, ref damage) is not { } file)
                continue;
            passphrase ??= AskPassphrase();
            try
            {
                if (file.TryOpen(passphrase) is { } keys)
                    return (keys, file.Config);
            }
            catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
            {
                damage ??= error;
            }
        }

        throw new RepositoryException(
            damage?.Code ?? ErrorCode.Denied,
            $"The passphrase opens no key that {store.Location} keeps{(damage is null ? "" : $" ({damage.Message})")}",
            damage);
    }

    // One that is damaged must not keep the others from opening; one without a passphrase can only have been planted: it would
    // make a repository of the planter's.
    private static KeyFile? ReadStored(IFileStore store, ObjectId id, ref RepositoryException? damage)
    {
        using var stored = store.TryOpen(FileKind.Key, id);
        if (stored is null || stored.Length > KeyFile.MaxBytes)
            return null;
        var bytes = new byte[stored.Length];
        stored.TryRead(0, bytes);
        try
        {
            var file = KeyFile.Read(bytes, $"key {id}");
            return file.NeedsPassphrase ? file : null;
        }
        catch (RepositoryException error)
        {
            damage ??= error;
            return null;
        }
    }

    private RepositoryKeys? TryOpen(KeyFile file) => file.TryOpen(file.NeedsPassphrase ? AskPassphrase() : null);

    private string AskPassphrase() => Passphrase()
        ?? throw new RepositoryException(ErrorCode.Denied, "A passphrase is needed: set STREAMBACK_PASSPHRASE, STREAMBACK_PASSPHRASE_FILE or STREAMBACK_PASSPHRASE_COMMAND");
}
