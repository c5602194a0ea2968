using StreamBack.Protocol.Catalogs;

namespace StreamBack.Protocol;

/// <summary>
/// The whole conversation with a repository, the same however it is reached. Every operation fails with
/// <see cref="RepositoryException"/> where a user can do something about it.
/// </summary>
/// <remarks>Threading: one operation at a time. Operations block; cancelling leaves nothing half-visible.</remarks>
public interface IRepositoryService : IDisposable
{
    /// <summary>The repository's id.</summary>
    RepositoryId Id { get; }

    /// <summary>What one may do with it.</summary>
    Access Access { get; }

    /// <summary>All snapshots, by name, then oldest first.</summary>
    /// <param name="damaged">Told of each snapshot that cannot be read; the others are listed.</param>
    IReadOnlyList<SnapshotInfo> List(Action<RepositoryException> damaged);

    /// <summary>Whether a snapshot is there, sound or damaged.</summary>
    /// <param name="id">64 hex digits.</param>
    bool Holds(string id);

    /// <summary>One snapshot, with all its facts.</summary>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Corrupt"/> if some snapshot cannot be read and may be the one that is
    /// meant: only an id tells then.
    /// </exception>
    SnapshotInfo Find(SnapshotSelector selector);

    /// <summary>
    /// Stores a stream. When this returns, the snapshot is durable. When it throws, nothing is listed, unless the disk failed in
    /// the very last step, after the snapshot had its name: then it is there, and whole.
    /// </summary>
    /// <returns>The snapshot; for a dry run, what it would be, without id.</returns>
    SnapshotInfo Put(PutRequest request, IStreamSource source, TransferProgress progress, CancellationToken cancellation);

    /// <summary>Writes a snapshot's stream.</summary>
    /// <param name="snapshot">From <see cref="Find"/>.</param>
    /// <param name="target">Where to; gets no byte beyond what is vouched for. Not closed.</param>
    /// <param name="prefix">
    /// A stream of which the target has the first bytes already: read to its end first, and written from there on; null to
    /// write all.
    /// </param>
    void Get(SnapshotInfo snapshot, Stream target, Stream? prefix, TransferProgress progress, CancellationToken cancellation);

    /// <summary>Writes members of a tar, and all that is below them, as a tar of their own (docs/design/catalog.md, 5).</summary>
    /// <param name="snapshot">From <see cref="Find"/>.</param>
    /// <param name="paths">Clean: <see cref="MemberPath"/>.</param>
    /// <param name="target">Where to; gets nothing if a path is not there, and no end if the tar cannot be given whole. Not closed.</param>
    /// <param name="progress">Told how many bytes were written.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.NotFound"/> if nothing is at a path; <see cref="ErrorCode.Usage"/> if the snapshot is no tar;
    /// <see cref="ErrorCode.Unsupported"/> if it has no catalog.
    /// </exception>
    void GetPart(SnapshotInfo snapshot, IReadOnlyList<byte[]> paths, Stream target, TransferProgress progress, CancellationToken cancellation);

    /// <summary>Writes the contents of one member; of a hard link those of what it is a link to; of a sparse file with its holes as zeros.</summary>
    /// <param name="snapshot">From <see cref="Find"/>.</param>
    /// <param name="path">Clean: <see cref="MemberPath"/>.</param>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="progress">Told how many bytes were written.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Usage"/> if it is no file; <see cref="ErrorCode.Unsupported"/> if the
    /// snapshot has no catalog, or the sparse file no form that is known.
    /// </exception>
    void GetMember(SnapshotInfo snapshot, byte[] path, Stream target, TransferProgress progress, CancellationToken cancellation);

    /// <summary>Opens a snapshot as a file system.</summary>
    /// <param name="snapshot">From <see cref="Find"/>.</param>
    /// <param name="cancellation">Ends whatever is read of it later.</param>
    /// <returns>To be read while this lives.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Unsupported"/> if it is a tar without a catalog.</exception>
    ISnapshotTree OpenTree(SnapshotInfo snapshot, CancellationToken cancellation);

    /// <summary>Compares two snapshots: <see cref="TreeComparison"/>.</summary>
    /// <param name="from">The earlier one, from <see cref="Find"/>.</param>
    /// <param name="to">The later one, from <see cref="Find"/>.</param>
    /// <param name="path">Clean: it and all below it.</param>
    /// <returns>What is not the same; read while it is enumerated, with errors of <see cref="OpenTree"/> and <see cref="ErrorCode.NotFound"/>.</returns>
    IEnumerable<TreeChange> Diff(SnapshotInfo from, SnapshotInfo to, byte[] path, CancellationToken cancellation);

    /// <summary>Looks for members in all snapshots that one may get, name by name, newest first: <see cref="MemberHistory"/>.</summary>
    /// <param name="request">What for, and where.</param>
    /// <param name="damaged">Told of each snapshot that cannot be looked into; the others are.</param>
    /// <returns>What is found; read while it is enumerated. <see cref="ErrorCode.Usage"/> if that is too much.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>; <see cref="ErrorCode.NotFound"/> if there is no snapshot of the name.</exception>
    IEnumerable<FoundMember> Search(SearchRequest request, Action<RepositoryException> damaged, CancellationToken cancellation);

    /// <summary>Gives tags to a snapshot, or takes them.</summary>
    void Tag(SnapshotInfo snapshot, IReadOnlyList<string> add, IReadOnlyList<string> remove);

    /// <summary>Has a snapshot stay whatever is removed or forgotten, or lets it go.</summary>
    void Hold(SnapshotInfo snapshot, bool held);

    /// <summary>Removes snapshots. They can be taken back for a while; nothing is freed before that ends.</summary>
    /// <param name="snapshots">From <see cref="Find"/> or <see cref="List"/>.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if one is held: none was removed then, unless it came to be held meanwhile, which is told.</exception>
    void Remove(IReadOnlyList<SnapshotInfo> snapshots);

    /// <summary>Snapshots that were removed, by name, then in the order of their removal.</summary>
    /// <param name="damaged">Told of each record that cannot be read.</param>
    IReadOnlyList<RemovedSnapshot> Removed(Action<RepositoryException> damaged);

    /// <summary>Of some snapshots that are not there, those that somebody removed: the others were lost.</summary>
    /// <param name="ids">64 hex digits each.</param>
    IReadOnlyCollection<string> WereRemoved(IReadOnlyCollection<string> ids);

    /// <summary>Takes a removed snapshot back.</summary>
    /// <param name="removed">From <see cref="Removed"/>.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/> if that is no longer possible.</exception>
    void Undelete(RemovedSnapshot removed);

    /// <summary>Removes what a policy does not keep.</summary>
    /// <returns>What it says of each snapshot: by name, newest first.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>; <see cref="ErrorCode.NotFound"/> if there is no snapshot of the name; <see cref="ErrorCode.Corrupt"/> if not all can be read.</exception>
    IReadOnlyList<RetentionDecision> Forget(ForgetRequest request);

    /// <summary>Frees what no snapshot needs, and none that can be taken back.</summary>
    /// <param name="dryRun">Whether it is only told.</param>
    /// <param name="progress">Told how many bytes were read of those to be read.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Busy"/> if somebody else prunes; <see cref="ErrorCode.Corrupt"/> if something is missing that a snapshot needs:
    /// nothing is freed then; <see cref="ErrorCode.Failed"/> if the clock or the locks cannot be relied on.
    /// </exception>
    PruneReport Prune(bool dryRun, TransferProgress progress, CancellationToken cancellation);

    /// <summary>Verifies the repository.</summary>
    /// <param name="request">How far it goes.</param>
    /// <param name="progress">Told how many bytes have been verified.</param>
    CheckReport Check(CheckRequest request, TransferProgress progress, CancellationToken cancellation);

    /// <summary>Restores a snapshot's stream to nowhere, and compares its hash.</summary>
    /// <param name="snapshot">From <see cref="Find"/>.</param>
    /// <param name="progress">Told how many bytes were restored.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>; any of <see cref="Get"/>.</exception>
    void Verify(SnapshotInfo snapshot, TransferProgress progress, CancellationToken cancellation);

    /// <summary>The names that were not put for longer than they may, or than is usual, and, as far as it is known, those whose last put failed; by name.</summary>
    /// <param name="rules">What the one who asks expects; where it says nothing, what the repository's server expects.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if some snapshot cannot be read: nobody knows then.</exception>
    IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules);

    /// <summary>Adds up what is stored.</summary>
    RepositoryStats Stats();
}
