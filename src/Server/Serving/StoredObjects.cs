using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>A repository's stored files as they are: for readers that open them elsewhere, and for replicas.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class StoredObjects(OpenRepository repository)
{
    /// <summary>The config's bytes.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>.</exception>
    public byte[] Config() => IoErrors.Wrap(() => repository.Store.ReadConfig())
        ?? throw new RepositoryException(ErrorCode.NotFound, "The repository's config is missing");

    /// <summary>All files of a kind, in no order.</summary>
    public IReadOnlyList<StoredObject> List(ObjectKind kind) => IoErrors.Wrap(() =>
    {
        var objects = new List<StoredObject>();
        foreach (var id in repository.Store.List(kind.ToFile()))
        {
            if (repository.Store.Length(kind.ToFile(), id) is { } length)
                objects.Add(new StoredObject(id, length));
        }

        return objects;
    });

    /// <summary>Opens a file.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>.</exception>
    /// <remarks>A bundle that a prune has moved to the trash since somebody learned of it is still there for them.</remarks>
    public IStoredFile Open(ObjectKind kind, ObjectId id) => IoErrors.Wrap(() => kind == ObjectKind.Bundle ? BundleReader.TryOpenFile(repository.Store, id) : repository.Store.TryOpen(kind.ToFile(), id))
        ?? throw new RepositoryException(ErrorCode.NotFound, $"There is no {kind.ToFile().Word()} {id}");

    /// <summary>Takes a file, if it is not there yet. Durable when this returns.</summary>
    /// <param name="body">Read to its end, unless the file is there already.</param>
    /// <returns>False if it was there already; nothing was changed then.</returns>
    /// <exception cref="RepositoryException">As <see cref="ObjectIntake"/>; nothing is kept then.</exception>
    public bool Put(ObjectKind kind, ObjectId id, IStreamSource body, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        if (repository.Store.Length(kind.ToFile(), id) is not null)
            return false;
        using var intake = new ObjectIntake(repository, kind, id);
        intake.Run(body, cancellation);
        return true;
    });
}
