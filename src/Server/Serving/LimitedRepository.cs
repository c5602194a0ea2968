using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Server.Serving;

/// <summary>A repository as somebody sees it who may not do everything: each operation first asks whether it is allowed.</summary>
/// <param name="repository">What is asked for what is allowed; not disposed.</param>
/// <param name="access">What is allowed.</param>
/// <remarks>Threading: as the repository's. Whatever is refused is <see cref="ErrorCode.Denied"/>, and nothing was asked of the repository.</remarks>
public sealed class LimitedRepository(IRepositoryService repository, Access access) : IRepositoryService
{
    /// <inheritdoc/>
    public RepositoryId Id => repository.Id;

    /// <inheritdoc/>
    public Access Access => access;

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotInfo> List(Action<RepositoryException> damaged)
    {
        access.Require(Capabilities.List);
        return [.. repository.List(damaged).Where(snapshot => access.Covers(snapshot.Name)).Select(access.Shown)];
    }

    /// <inheritdoc/>
    public bool Holds(string id)
    {
        access.Require(Capabilities.List);
        return repository.Holds(id);
    }

    /// <inheritdoc/>
    public SnapshotInfo Find(SnapshotSelector selector)
    {
        var name = selector.Name.ToString();
        if (access.Capabilities.HasFlag(Capabilities.List))
        {
            access.Require(Capabilities.List, name);
            return access.Shown(repository.Find(selector));
        }

        access.Require(Capabilities.Get, name);
        return WithoutFacts(repository.Find(selector));
    }

    /// <inheritdoc/>
    public SnapshotInfo Put(PutRequest request, IStreamSource source, TransferProgress progress, CancellationToken cancellation)
    {
        access.Require(Capabilities.Put, request.Name.ToString());
        if (request.Time is not null)
            access.Require(Capabilities.Maintain);
        if (access.KnowsSizes)
            return repository.Put(request, source, progress, cancellation);

        // The repository's own progress tells what is new; the bytes that went in are known to who sent them.
        return repository.Put(request, new CountedSource(source, progress), new TransferProgress(), cancellation).WithoutSizes();
    }

    /// <inheritdoc/>
    public void Get(SnapshotInfo snapshot, Stream target, Stream? prefix, TransferProgress progress, CancellationToken cancellation)
    {
        access.Require(Capabilities.Get, snapshot.Name);
        repository.Get(snapshot, target, prefix, progress, cancellation);
    }

    /// <inheritdoc/>
    public void GetPart(SnapshotInfo snapshot, IReadOnlyList<byte[]> paths, Stream target, TransferProgress progress, CancellationToken cancellation)
    {
        access.Require(Capabilities.Get, snapshot.Name);
        repository.GetPart(snapshot, paths, target, progress, cancellation);
    }

    /// <inheritdoc/>
    public void GetMember(SnapshotInfo snapshot, byte[] path, Stream target, TransferProgress progress, CancellationToken cancellation)
    {
        access.Require(Capabilities.Get, snapshot.Name);
        repository.GetMember(snapshot, path, target, progress, cancellation);
    }

    /// <inheritdoc/>
    public ISnapshotTree OpenTree(SnapshotInfo snapshot, CancellationToken cancellation)
    {
        access.Require(Capabilities.Get, snapshot.Name);
        return repository.OpenTree(snapshot, cancellation);
    }

    /// <inheritdoc/>
    public IEnumerable<TreeChange> Diff(SnapshotInfo from, SnapshotInfo to, byte[] path, CancellationToken cancellation)
    {
        access.Require(Capabilities.Get, from.Name);
        access.Require(Capabilities.Get, to.Name);
        return repository.Diff(from, to, path, cancellation);
    }

    /// <inheritdoc/>
    public IEnumerable<FoundMember> Search(SearchRequest request, Action<RepositoryException> damaged, CancellationToken cancellation)
    {
        request = request with { By = access };
        request.EnsureAllowed();
        return repository.Search(request, damaged, cancellation);
    }

    /// <inheritdoc/>
    public void Tag(SnapshotInfo snapshot, IReadOnlyList<string> add, IReadOnlyList<string> remove)
    {
        access.Require(Capabilities.Maintain, snapshot.Name);
        repository.Tag(snapshot, add, remove);
    }

    /// <inheritdoc/>
    public void Hold(SnapshotInfo snapshot, bool held)
    {
        access.Require(Capabilities.Maintain, snapshot.Name);
        repository.Hold(snapshot, held);
    }

    /// <inheritdoc/>
    public void Remove(IReadOnlyList<SnapshotInfo> snapshots)
    {
        foreach (var snapshot in snapshots)
            access.Require(Capabilities.Remove, snapshot.Name);
        repository.Remove(snapshots);
    }

    /// <inheritdoc/>
    public IReadOnlyList<RemovedSnapshot> Removed(Action<RepositoryException> damaged)
    {
        access.Require(Capabilities.List);
        return [.. repository.Removed(damaged).Where(removed => access.Covers(removed.Name)).Select(removed => removed with { Snapshot = removed.Snapshot is { } facts ? access.Shown(facts) : null })];
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> WereRemoved(IReadOnlyCollection<string> ids)
    {
        access.Require(Capabilities.List);
        return access.CoversEverything ? repository.WereRemoved(ids) : [.. Removed(_ => { }).Select(removed => removed.Id).Intersect(ids)];
    }

    /// <inheritdoc/>
    public void Undelete(RemovedSnapshot removed)
    {
        access.Require(Capabilities.Remove, removed.Name);
        repository.Undelete(removed);
    }

    /// <inheritdoc/>
    public IReadOnlyList<RetentionDecision> Forget(ForgetRequest request)
    {
        request.EnsureSensible();
        access.Require(Capabilities.Remove | Capabilities.List, request.Name);
        return [.. repository.Forget(request).Select(decision => decision with { Snapshot = access.Shown(decision.Snapshot) })];
    }

    /// <inheritdoc/>
    public PruneReport Prune(bool dryRun, TransferProgress progress, CancellationToken cancellation)
    {
        access.RequireWhole(Capabilities.Maintain);
        return repository.Prune(dryRun, progress, cancellation);
    }

    /// <inheritdoc/>
    public CheckReport Check(CheckRequest request, TransferProgress progress, CancellationToken cancellation)
    {
        access.RequireWhole(Capabilities.Maintain);
        return repository.Check(request, progress, cancellation);
    }

    /// <inheritdoc/>
    public void Verify(SnapshotInfo snapshot, TransferProgress progress, CancellationToken cancellation)
    {
        access.Require(Capabilities.Maintain, snapshot.Name);
        repository.Verify(snapshot, progress, cancellation);
    }

    /// <inheritdoc/>
    public IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules)
    {
        access.Require(Capabilities.List);
        return [.. repository.Late(rules).Where(late => access.Covers(late.Name))];
    }

    /// <inheritdoc/>
    public RepositoryStats Stats()
    {
        access.RequireWhole(Capabilities.Maintain);
        return repository.Stats();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // As much as the head of a stream tells over HTTP: what a get needs.
    private static SnapshotInfo WithoutFacts(SnapshotInfo snapshot) =>
        snapshot.WithoutSizes() with { Members = null, Chunks = 0, Tags = [], Command = null, Previous = null };

    private sealed class CountedSource(IStreamSource source, TransferProgress progress) : IStreamSource
    {
        public int Read(Span<byte> buffer)
        {
            var read = source.Read(buffer);
            progress.Bytes += read;
            return read;
        }

        public void EnsureComplete() => source.EnsureComplete();

        public void EnsureHash(string sha256, long length) => source.EnsureHash(sha256, length);
    }
}
