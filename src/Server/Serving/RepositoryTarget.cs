using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>A repository of this machine to which another copy is sent.</summary>
/// <param name="objects">Its files.</param>
/// <param name="location">How users name it.</param>
/// <param name="session">Keeps what is listed; owned. Null where nothing can be written.</param>
/// <param name="isKeyless">Whether it is open without a key.</param>
/// <param name="prune">Prunes it; returns bytes that were given back.</param>
internal sealed class RepositoryTarget(StoredObjects objects, string location, ISessionLock? session, bool isKeyless, Func<CancellationToken, long> prune) : IObjectTarget
{
    /// <inheritdoc/>
    public string Location => location;

    /// <summary>Whether what is in the trash stays there, whoever sends it.</summary>
    public bool KeepsTrash { get; init; }

    /// <inheritdoc/>
    public bool IsKeyless => isKeyless;

    /// <inheritdoc/>
    public byte[] ReadConfig() => objects.Config();

    /// <inheritdoc/>
    public IReadOnlyList<StoredObject> List(ObjectKind kind) => objects.List(kind);

    /// <inheritdoc/>
    public long? Length(ObjectKind kind, ObjectId id)
    {
        try
        {
            using var file = objects.Open(kind, id);
            return file.Length;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Read(ObjectKind kind, ObjectId id, long offset, Span<byte> destination)
    {
        using var file = objects.Open(kind, id);
        if (!file.TryRead(offset, destination))
            throw new RepositoryException(ErrorCode.Corrupt, $"{kind.ToFile().Word()} {id} ends at {file.Length}");
    }

    /// <inheritdoc/>
    public bool Put(ObjectKind kind, ObjectId id, long length, Stream body, CancellationToken cancellation) =>
        !(KeepsTrash && objects.IsResting(kind, id)) && objects.Put(kind, id, new ObjectBody(body), cancellation);

    /// <inheritdoc/>
    public void Remove(ObjectKind kind, ObjectId id) => objects.Remove(kind, id);

    /// <inheritdoc/>
    public long Prune(CancellationToken cancellation) => prune(cancellation);

    /// <inheritdoc/>
    public void Dispose() => session?.Dispose();
}
