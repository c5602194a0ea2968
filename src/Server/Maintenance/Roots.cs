using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>The manifests that keep things alive: those of snapshots, and those that can be taken back.</summary>
internal static class Roots
{
    /// <summary>All of them. What moves between meanwhile is met at least once.</summary>
    public static HashSet<ObjectId> List(IFileStore store) =>
        [.. store.List(FileKind.RemovedSnapshot), .. store.List(FileKind.Snapshot), .. store.List(FileKind.RemovedSnapshot)];

    /// <summary>Reads one; null if it is gone.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static Manifest? TryRead(OpenRepository repository, ObjectId id) =>
        Manifest.TryRead(repository.Store, repository.Keys, id, withContent: false)
        ?? Manifest.TryReadRemoved(repository.Store, repository.Keys, id)
        ?? Manifest.TryRead(repository.Store, repository.Keys, id, withContent: false);
}
