using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>
/// A repository with what its server keeps in the state folder: puts count in the quotas, and what was found damaged is given again
/// only once it was read whole. For requests that do not come over HTTP.
/// </summary>
/// <remarks>Threading: as the repository's.</remarks>
public sealed class ServedRepository : IRepositoryService
{
    private readonly EmbeddedRepository repository;
    private readonly Quota quota;
    private readonly DamagedSnapshots damaged;
    private readonly FailedPuts failedPuts;
    private readonly IReadOnlyList<LateRule> expected;
    private readonly string stateFolder;

    /// <param name="repository">Open; not disposed.</param>
    /// <param name="stateFolder">What is known of puts underway and of damage.</param>
    /// <param name="quotas">What names may have.</param>
    /// <param name="expected">How long names may go without a put.</param>
    public ServedRepository(EmbeddedRepository repository, string stateFolder, IReadOnlyList<QuotaRule> quotas, IReadOnlyList<LateRule> expected)
        : this(repository, Quota.Of(repository, quotas, stateFolder), new DamagedSnapshots(stateFolder), expected, stateFolder)
    {
    }

    internal ServedRepository(EmbeddedRepository repository, Quota quota, DamagedSnapshots damaged, IReadOnlyList<LateRule> expected, string stateFolder)
    {
        this.stateFolder = stateFolder;
        this.repository = repository;
        this.quota = quota;
        this.damaged = damaged;
        this.expected = expected;
        failedPuts = new FailedPuts(stateFolder);
        Log = new DutyLog(stateFolder);
    }

    /// <summary>What came of checks and prunes.</summary>
    internal DutyLog Log { get; }

    /// <summary>What was found damaged.</summary>
    internal DamagedSnapshots Damaged => damaged;

    /// <inheritdoc/>
    public RepositoryId Id => repository.Id;

    /// <inheritdoc/>
    public Access Access => repository.Access;

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotInfo> List(Action<RepositoryException> damaged) => repository.List(damaged);

    /// <inheritdoc/>
    public bool Holds(string id) => repository.Holds(id);

    /// <inheritdoc/>
    public SnapshotInfo Find(SnapshotSelector selector) => new Receipts(stateFolder, repository).Shown(repository.Find(selector));

    /// <inheritdoc/>
    public SnapshotInfo Put(PutRequest request, IStreamSource source, TransferProgress progress, CancellationToken cancellation)
    {
        if (request.DryRun)
            return repository.Put(request, source, progress, cancellation);
        return failedPuts.Watch(request.Name.ToString(), () =>
        {
            using var share = quota.Begin(request.Name, own: null);
            return repository.Put(request, new QuotaSource(source, share), progress, cancellation);
        });
    }

    /// <inheritdoc/>
    public void Get(SnapshotInfo snapshot, Stream target, Stream? prefix, TransferProgress progress, CancellationToken cancellation)
    {
        // Somebody may have mended it: it is read to its end before a byte of it is sent again.
        if (damaged.Find(snapshot.Id) is not null)
        {
            repository.Get(snapshot, Stream.Null, prefix: null, new TransferProgress(), cancellation);
            damaged.Forget([snapshot.Id]);
        }

        try
        {
            repository.Get(snapshot, target, prefix, progress, cancellation);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            damaged.Add(snapshot.Id, error.Message);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Each chunk of a part is compared with its id: what else is damaged does not touch it.</remarks>
    public void GetPart(SnapshotInfo snapshot, IReadOnlyList<byte[]> paths, Stream target, TransferProgress progress, CancellationToken cancellation) =>
        repository.GetPart(snapshot, paths, target, progress, cancellation);

    /// <inheritdoc/>
    public void GetMember(SnapshotInfo snapshot, byte[] path, Stream target, TransferProgress progress, CancellationToken cancellation) =>
        repository.GetMember(snapshot, path, target, progress, cancellation);

    /// <inheritdoc/>
    public ISnapshotTree OpenTree(SnapshotInfo snapshot, CancellationToken cancellation) => repository.OpenTree(snapshot, cancellation);

    /// <inheritdoc/>
    public IEnumerable<TreeChange> Diff(SnapshotInfo from, SnapshotInfo to, byte[] path, CancellationToken cancellation) => repository.Diff(from, to, path, cancellation);

    /// <inheritdoc/>
    public IEnumerable<FoundMember> Search(SearchRequest request, Action<RepositoryException> damaged, CancellationToken cancellation) => repository.Search(request, damaged, cancellation);

    /// <inheritdoc/>
    public void Tag(SnapshotInfo snapshot, IReadOnlyList<string> add, IReadOnlyList<string> remove) => repository.Tag(snapshot, add, remove);

    /// <inheritdoc/>
    public void Hold(SnapshotInfo snapshot, bool held) => repository.Hold(snapshot, held);

    /// <inheritdoc/>
    public void Remove(IReadOnlyList<SnapshotInfo> snapshots) => repository.Remove(snapshots);

    /// <inheritdoc/>
    public IReadOnlyList<RemovedSnapshot> Removed(Action<RepositoryException> damaged) => repository.Removed(damaged);

    /// <inheritdoc/>
    public IReadOnlyCollection<string> WereRemoved(IReadOnlyCollection<string> ids) => repository.WereRemoved(ids);

    /// <inheritdoc/>
    public void Undelete(RemovedSnapshot removed) => repository.Undelete(removed);

    /// <inheritdoc/>
    public IReadOnlyList<RetentionDecision> Forget(ForgetRequest request) => repository.Forget(request);

    /// <inheritdoc/>
    public PruneReport Prune(bool dryRun, TransferProgress progress, CancellationToken cancellation) => dryRun
        ? repository.Prune(dryRun, progress, cancellation)
        : Log.Record(Duties.Prune, repository.Actor, () => repository.Prune(dryRun, progress, cancellation), report => (DutyResult.Done, Describe(report)));

    /// <inheritdoc/>
    public CheckReport Check(CheckRequest request, TransferProgress progress, CancellationToken cancellation) =>
        Noted(request, () => repository.Check(request, new VerifiedBundles(stateFolder, repository.RealLocation), progress, cancellation));

    /// <summary>Checks, and mends what is wrong, as far as it can be: <see cref="EmbeddedRepository.Repair"/>.</summary>
    /// <param name="request">How far the check goes that comes first.</param>
    /// <param name="sources">Other copies.</param>
    /// <param name="progress">Told how many bytes have been verified.</param>
    public CheckReport Repair(CheckRequest request, IReadOnlyList<IObjectSource> sources, TransferProgress progress, CancellationToken cancellation) =>
        Noted(request, () => repository.Repair(request, sources, new VerifiedBundles(stateFolder, repository.RealLocation), progress, cancellation));

    /// <summary>Sends what is missing to a folder that holds a copy, and removes there what was removed here.</summary>
    internal ReplicaReport ReplicateTo(string folder, CancellationToken cancellation)
    {
        using var copy = EmbeddedRepository.OpenWithoutKey(folder, _ => { });
        copy.Grace = repository.Grace;
        using var target = copy.AsTarget(folder);
        return repository.Replicate(target, prune: true, new TransferProgress(), cancellation);
    }

    /// <inheritdoc/>
    public void Verify(SnapshotInfo snapshot, TransferProgress progress, CancellationToken cancellation)
    {
        try
        {
            repository.Verify(snapshot, progress, cancellation);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            Remember(() =>
            {
                damaged.Add(snapshot.Id, error.Message);
                new Receipts(stateFolder, repository).Revoke(snapshot.Id);
            });
            throw;
        }

        Remember(() =>
        {
            damaged.Forget([snapshot.Id]);
            new Receipts(stateFolder, repository).Add(snapshot.Id);
        });
    }

    // Where nothing can be written, as on a rescue system, what was found is told all the same.
    private void Remember(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is RepositoryException or IOException or UnauthorizedAccessException)
        {
            repository.Tell($"What was found is not remembered: {error.Message}");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules) => Late(rules, error => throw error);

    /// <summary>The same, as far as manifests can be read.</summary>
    /// <param name="damaged">Told of each that cannot.</param>
    public IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules, Action<RepositoryException> damaged)
    {
        var late = repository.Late([.. rules, .. expected], damaged).ToDictionary(name => name.Name);
        foreach (var (name, time, message) in Failed())
            late[name] = late.GetValueOrDefault(name, new LateName(name, null, null)) with { Failed = time, Message = message };
        return [.. late.Values.OrderBy(name => name.Name, StringComparer.Ordinal)];
    }

    // A name that was never put may have been a mistake: nothing would ever end that it failed.
    private List<(string Name, DateTime Time, string Message)> Failed()
    {
        var all = failedPuts.All().ToList();
        var old = DateTime.UtcNow - FailedPuts.OfUnknownName;
        if (all.TrueForAll(failed => failed.Time > old))
            return all;
        var unread = new List<RepositoryException>();
        var known = repository.List(unread.Add).Concat(repository.RemovedManifests()).Select(snapshot => snapshot.Name).ToHashSet();
        if (unread.Count > 0)
            return all;
        return [.. all.Where(failed => failed.Time > old || known.Contains(failed.Name))];
    }

    /// <inheritdoc/>
    public RepositoryStats Stats() => repository.Stats();

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private CheckReport Noted(CheckRequest request, Func<CheckReport> check)
    {
        var suspects = damaged.Ids;
        var report = Log.Record(request.ReadData ? Duties.CheckData : Duties.Check, repository.Actor, check, Describe);
        if (report is { DataVerified: true, Problems.Count: 0 })
            damaged.Forget(suspects);
        return report;
    }

    private static string Describe(PruneReport report) => $"{Sizes.Bytes(report.FreedBytes)} freed, {Sizes.Bytes(report.LiveBytes + report.WrittenBytes)} kept";

    private static (string Outcome, string Message) Describe(CheckReport report) => report.Problems.Count == 0
        ? (DutyResult.Done, $"{Sizes.Count(report.Snapshots, "snapshot")}, {Sizes.Count(report.Bundles, "bundle")}, {Sizes.Bytes(report.BytesRead)} verified: all is well")
        : (ErrorCode.Corrupt.Name(), $"{report.Problems[0].Message}{(report.Problems.Count > 1 ? $", and {report.Problems.Count - 1} more" : "")}");
}
