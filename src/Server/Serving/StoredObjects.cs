using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>A repository's stored files as they are: for readers that open them elsewhere, and for replicas.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class StoredObjects(OpenRepository repository)
{
    private readonly IFileStore store = repository.Store;

    /// <summary>The config's bytes.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>.</exception>
    public byte[] Config() => IoErrors.Wrap(store.ReadConfig)
        ?? throw new RepositoryException(ErrorCode.NotFound, "The repository's config is missing");

    /// <summary>All files of a kind, in no order.</summary>
    public IReadOnlyList<StoredObject> List(ObjectKind kind) => IoErrors.Wrap(() =>
    {
        var objects = new List<StoredObject>();
        foreach (var id in store.List(kind.ToFile()))
        {
            if (store.Length(kind.ToFile(), id) is { } length)
                objects.Add(new StoredObject(id, length));
        }

        return objects;
    });

    /// <summary>Opens a file.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>.</exception>
    /// <remarks>A bundle that a prune has moved to the trash since somebody learned of it is still there for them.</remarks>
    public IStoredFile Open(ObjectKind kind, ObjectId id) => IoErrors.Wrap(() => kind == ObjectKind.Bundle ? BundleReader.TryOpenFile(store, id) : store.TryOpen(kind.ToFile(), id))
        ?? throw new RepositoryException(ErrorCode.NotFound, $"There is no {kind.ToFile().Word()} {id}");

    /// <summary>Whether a file is in the trash.</summary>
    public bool IsResting(ObjectKind kind, ObjectId id) => Resting(kind) is { } resting && store.Length(resting, id) is not null;

    /// <summary>Takes a file, if it is not there yet, or in the trash. Durable when this returns.</summary>
    /// <param name="body">Read to its end, unless the file is there already.</param>
    /// <returns>False if it was there already.</returns>
    /// <exception cref="RepositoryException">As <see cref="ObjectIntake"/>; nothing is kept then.</exception>
    public bool Put(ObjectKind kind, ObjectId id, IStreamSource body, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        if (store.Length(kind.ToFile(), id) is not null || (Resting(kind) is { } resting && store.Length(resting, id) is not null && TakeBack(kind, resting, id)))
            return false;
        if (kind == ObjectKind.Snapshot)
            store.SweepDeadSessions(); // what a run left that was killed
        using var intake = new ObjectIntake(repository, kind, id);
        intake.Run(body, cancellation);
        return true;
    });

    /// <summary>Has a file go to the trash, because another copy of the repository has it no longer; an index file goes at once. docs/design/replication.md, 2.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if that is not for others to say; <see cref="ErrorCode.Busy"/> if it is a bundle, and somebody prunes.</exception>
    public void Remove(ObjectKind kind, ObjectId id) => IoErrors.Wrap(() =>
    {
        if (kind is ObjectKind.Label or ObjectKind.Removal)
            throw new RepositoryException(ErrorCode.Usage, $"{kind.Name()} are kept for ever");
        if (repository.NeedsKeys && !store.IsReplica)
            throw new RepositoryException(ErrorCode.Denied, "Without its key nothing is removed from a repository, but from one that was made to hold copies (init --replica)");
        using var session = store.OpenSession();
        using var held = kind == ObjectKind.Bundle ? Prune.Lock(store) : null; // a prune takes something else away because this is there
        using var commit = store.Lock(PutCommit.CommitLock);
        if (!repository.NeedsKeys)
            EnsureRemoved(kind, id);
        if (held is not null)
            new Trash(store, held, session.Session).Take([id]);
        else if (Resting(kind) is { } resting)
            store.Move(kind.ToFile(), resting, id);
        else
            store.Delete(FileKind.Index, id);
        return true;
    });

    private static FileKind? Resting(ObjectKind kind) => kind switch
    {
        ObjectKind.Bundle => FileKind.UnusedBundle,
        ObjectKind.Snapshot => FileKind.RemovedSnapshot,
        _ => null,
    };

    // With a key it is seen here what was removed, and what is of no use.
    private void EnsureRemoved(ObjectKind kind, ObjectId id)
    {
        if (kind != ObjectKind.Snapshot)
            throw new RepositoryException(ErrorCode.Denied, $"This side has a key, and sees for itself which {kind.Name()} nobody needs");
        if (repository.Removals.Certain().GetValueOrDefault(id.ToString()) is not { IsUndelete: false })
            throw new RepositoryException(ErrorCode.Denied, $"No record says that snapshot {id} was removed");
        if (repository.Snapshots.Held().Contains(id.ToString()))
            throw new RepositoryException(ErrorCode.Denied, $"Snapshot {id} is held here");
    }

    // A snapshot that a record removed comes back by an undelete, not because somebody has it still.
    private bool TakeBack(ObjectKind kind, FileKind resting, ObjectId id)
    {
        if (kind == ObjectKind.Snapshot && !repository.NeedsKeys && repository.Removals.Certain().GetValueOrDefault(id.ToString()) is { IsUndelete: false } record)
            throw new RepositoryException(ErrorCode.Denied, $"{record.Name}@{id} was removed here: undelete takes it back");
        using var commit = store.Lock(PutCommit.CommitLock);
        return store.Move(resting, kind.ToFile(), id);
    }
}
