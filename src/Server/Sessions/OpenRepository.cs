using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>A repository's store, parameters and keys, checked against each other.</summary>
/// <remarks>Owns the keys.</remarks>
internal sealed record OpenRepository(IFileStore Store, RepositoryConfig Config, RepositoryKeys Keys) : IDisposable
{
    /// <summary>Its snapshots.</summary>
    public SnapshotList Snapshots { get; } = new(Store, Keys);

    /// <summary>Makes a repository with new keys.</summary>
    /// <param name="store">Where it is to be.</param>
    /// <param name="config">Its parameters.</param>
    /// <param name="keepKey">Keeps the new key safe, before there is a repository that needs it.</param>
    public static OpenRepository Create(IFileStore store, RepositoryConfig config, Action<OpenRepository> keepKey)
    {
        var repository = new OpenRepository(store, config, RepositoryKeys.New(config.Id));
        try
        {
            store.CreateConfig(config.Write(), () => keepKey(repository));
            return repository;
        }
        catch
        {
            repository.Dispose();
            throw;
        }
    }

    /// <summary>Opens a repository.</summary>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Denied"/>, <see cref="ErrorCode.Corrupt"/>, <see cref="ErrorCode.Unsupported"/>.
    /// </exception>
    public static OpenRepository Open(IFileStore store, KeyMaterial material, Action<string> notice)
    {
        var bytes = store.ReadConfig();
        if (bytes is null && store.List(FileKind.Bundle).Count + store.List(FileKind.Key).Count + store.List(FileKind.Snapshot).Count == 0)
            throw new RepositoryException(ErrorCode.NotFound, $"There is no repository at {store.Location} (streamback init makes one)");
        var (keys, copy) = material.Open(store);
        try
        {
            return new OpenRepository(store, CheckedConfig(store, bytes, keys, copy, notice), keys);
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Keys.Dispose();

    private static RepositoryConfig CheckedConfig(IFileStore store, byte[]? bytes, RepositoryKeys keys, byte[] copy, Action<string> notice)
    {
        if (bytes is null || (TryRead(bytes) is null && copy.Length > 0))
        {
            var state = bytes is null ? "missing" : "damaged";
            notice(copy.Length > 0
                ? $"The repository's config is {state}; going on with the copy that the key holds"
                : $"The repository's config is {state}, and a recovery key holds no copy; going on with default parameters");
            bytes = copy.Length > 0 ? copy : (RepositoryConfig.New(Protocol.Chunking.ChunkingParameters.Default.Average, RepositoryConfig.DefaultCompression) with { Repository = keys.Repository.ToString() }).Write();
        }

        var config = RepositoryConfig.Read(bytes);
        if (config.Id != keys.Repository)
            throw new RepositoryException(ErrorCode.Denied, $"The key is of repository {keys.Repository}, {store.Location} is {config.Id}");
        if (copy.Length > 0 && !bytes.AsSpan().SequenceEqual(copy))
            throw new RepositoryException(ErrorCode.Corrupt, $"config of {store.Location} is not the one that the key was made with");
        return config;
    }

    private static RepositoryConfig? TryRead(byte[] bytes)
    {
        try
        {
            return RepositoryConfig.Read(bytes);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            return null;
        }
    }
}
