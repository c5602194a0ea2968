using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>One key that the repository keeps.</summary>
/// <param name="Id">64 hex digits.</param>
/// <param name="HoldsFullKey">Whether it opens stored content.</param>
public sealed record StoredKey(string Id, bool HoldsFullKey);

/// <summary>What can be done with an open repository's keys.</summary>
public sealed class KeyRing
{
    private readonly OpenRepository repository;

    internal KeyRing(OpenRepository repository) => this.repository = repository;

    /// <summary>The keys that the repository keeps, each wrapped by a passphrase.</summary>
    public IReadOnlyList<StoredKey> Stored() => IoErrors.Wrap(() =>
    {
        var keys = new List<StoredKey>();
        foreach (var id in repository.Store.List(FileKind.Key))
        {
            if (TryRead(id) is { NeedsPassphrase: true } file)
                keys.Add(new StoredKey(id.ToString(), file.HoldsFullKey));
        }

        return keys;
    });

    /// <summary>The file of a stored key.</summary>
    public string PathOf(StoredKey key) => Path.Combine(repository.Store.Location, FileKind.Key.Folder(), key.Id);

    /// <summary>A key file's bytes, for a file of mode 0600.</summary>
    /// <param name="passphrase">Wraps it; null leaves it plain.</param>
    public byte[] Export(string? passphrase) => KeyFile.Write(repository.Keys, repository.Config.Write(), passphrase);

    /// <summary>A put key file's bytes: it stores and lists, and opens nothing.</summary>
    public byte[] ExportPut()
    {
        using var keys = repository.Keys.ToPutKeys();
        return KeyFile.Write(keys, repository.Config.Write(), passphrase: null);
    }

    /// <summary>The full key as lines to be printed.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> with a put key.</exception>
    public string Recovery() => RecoveryText.Write(repository.Keys);

    /// <summary>Keeps the key in the repository, wrapped by one more passphrase. Durable when this returns.</summary>
    /// <returns>The stored key's id.</returns>
    public string Add(string passphrase) => IoErrors.Wrap(() =>
    {
        using var session = repository.Store.OpenSession();
        using var file = repository.Store.Create(FileKind.Key, session);
        file.Write(Export(passphrase));
        return file.Commit().ToString();
    });

    /// <summary>The ids of the stored keys that a passphrase opens.</summary>
    public IReadOnlyList<string> OpenedBy(string passphrase) => IoErrors.Wrap(() =>
    {
        var opened = new List<string>();
        foreach (var id in repository.Store.List(FileKind.Key))
        {
            if (TryRead(id) is not { NeedsPassphrase: true } file || file.TryOpen(passphrase) is not { } keys)
                continue;
            keys.Dispose();
            opened.Add(id.ToString());
        }

        return opened;
    });

    /// <summary>Removes stored keys.</summary>
    /// <param name="ids">Of <see cref="OpenedBy"/>.</param>
    public void Remove(IReadOnlyList<string> ids) => IoErrors.Wrap(() =>
    {
        foreach (var text in ids)
        {
            if (ObjectId.TryParse(text, out var id))
                repository.Store.Delete(FileKind.Key, id);
        }

        return true;
    });

    // A damaged one is passed over, as it is when the repository is opened; so is one without a passphrase, which somebody planted.
    private KeyFile? TryRead(ObjectId id)
    {
        using var stored = repository.Store.TryOpen(FileKind.Key, id);
        if (stored is null || stored.Length > KeyFile.MaxBytes)
            return null;
        var bytes = new byte[stored.Length];
        stored.TryRead(0, bytes);
        try
        {
            return KeyFile.Read(bytes, $"key {id}");
        }
        catch (RepositoryException)
        {
            return null;
        }
    }
}
