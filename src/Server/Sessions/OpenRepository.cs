using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>A repository's store, parameters and keys, checked against each other.</summary>
/// <remarks>Owns the keys.</remarks>
internal sealed class OpenRepository : IDisposable
{
    private readonly Lazy<SharedReader> reader;
    private (RepositoryKeys Keys, SnapshotList Snapshots, RemovalList Removals)? opened;

    /// <param name="store">Where it is.</param>
    /// <param name="config">Its parameters.</param>
    /// <param name="keys">Null if they are to come (<see cref="UseKeys"/>).</param>
    public OpenRepository(IFileStore store, RepositoryConfig config, RepositoryKeys? keys)
    {
        (Store, Config) = (store, config);
        reader = new Lazy<SharedReader>(() => new SharedReader(Reading, Keys));
        if (keys is not null)
            UseKeys(keys);
    }

    /// <summary>Where it is.</summary>
    public IFileStore Store { get; }

    /// <summary>Other folders that hold the same; null where there are none.</summary>
    public CopySet? Copies { get; private set; }

    /// <summary>Has other folders hold the same.</summary>
    public void UseCopies(CopySet copies)
    {
        Copies = copies;
        if (opened is var (keys, _, removals))
            opened = (keys, new SnapshotList(Reading, keys), removals);
    }

    /// <summary>Where snapshots are read: what is wrong in it is read from a copy, if there is one.</summary>
    public IFileStore Reading => Copies?.Reading ?? Store;

    /// <summary>What who looks at a little reads with.</summary>
    public SharedReader Reader => reader.Value;

    /// <summary>Its parameters.</summary>
    public RepositoryConfig Config { get; }

    /// <summary>Whether the keys are still to come.</summary>
    public bool NeedsKeys => opened is null;

    /// <summary>Its keys.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if they are still to come.</exception>
    public RepositoryKeys Keys => Opened.Keys;

    /// <summary>Its snapshots.</summary>
    public SnapshotList Snapshots => Opened.Snapshots;

    /// <summary>Word of what was removed from it.</summary>
    public RemovalList Removals => Opened.Removals;

    private (RepositoryKeys Keys, SnapshotList Snapshots, RemovalList Removals) Opened => opened
        ?? throw new RepositoryException(ErrorCode.Denied, $"No key: {Store.Location} is served without one, and the client has sent none");

    /// <summary>Gives it its keys, once, before anything else is asked of it.</summary>
    public void UseKeys(RepositoryKeys keys) => opened = (keys, new SnapshotList(Reading, keys), new RemovalList(Store, keys));

    /// <summary>Its parts.</summary>
    public void Deconstruct(out IFileStore store, out RepositoryConfig config, out RepositoryKeys keys) => (store, config, keys) = (Store, Config, Keys);

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
        if (bytes is null && !HoldsAnything(store))
            throw NoRepository(store);
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

    /// <summary>Whether there is what is left of a repository; empty folders are what is left of one that was never made.</summary>
    public static bool HoldsAnything(IFileStore store) => store.List(FileKind.Bundle).Count + store.List(FileKind.Key).Count + store.List(FileKind.Snapshot).Count > 0;

    /// <summary>Opens a repository whose keys are to come.</summary>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Corrupt"/>, <see cref="ErrorCode.Unsupported"/>.
    /// </exception>
    public static OpenRepository OpenWithoutKeys(IFileStore store)
    {
        const string WayOut = "whoever has the key opens it all the same (--key-file), and streamback check --repair then writes it anew; without a key, copy that file from a copy";
        try
        {
            if (store.ReadConfig() is { } bytes)
                return new OpenRepository(store, RepositoryConfig.Read(bytes), keys: null);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            throw new RepositoryException(ErrorCode.Corrupt, $"{store.Location}: {error.Message}: {WayOut}", error);
        }

        throw HoldsAnything(store) ? new RepositoryException(ErrorCode.Corrupt, $"config of {store.Location} is missing: {WayOut}") : NoRepository(store);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (reader.IsValueCreated)
            reader.Value.Dispose();
        opened?.Keys.Dispose();
    }

    private static RepositoryException NoRepository(IFileStore store) =>
        new(ErrorCode.NotFound, $"There is no repository at {store.Location} (streamback init makes one, streamback replicate makes a copy of another)");

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
