using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <content>What keeps it well: removal, room, verification, other copies.</content>
public sealed partial class EmbeddedRepository
{
    /// <summary>How long removed snapshots rest.</summary>
    public TimeSpan Grace { get; set; } = Protocol.Grace.Default;

    /// <summary>Whether the owner knows that the clock is right, and was ahead when something was removed or put.</summary>
    public bool ClockWasAhead { get; set; }

    /// <summary>Who removes, as removal records tell.</summary>
    public string Actor { get; init; } = Environment.UserName;

    /// <inheritdoc/>
    public void Hold(SnapshotInfo snapshot, bool held) => IoErrors.Wrap(() =>
    {
        new Removals(repository).Hold(snapshot, held);
        return true;
    });

    /// <inheritdoc/>
    public void Remove(IReadOnlyList<SnapshotInfo> snapshots) => IoErrors.Wrap(() =>
    {
        new Removals(repository).Remove(snapshots, Actor);
        return true;
    });

    /// <inheritdoc/>
    public IReadOnlyList<RemovedSnapshot> Removed(Action<RepositoryException> damaged) => IoErrors.Wrap(() => new Removals(repository).List(Grace, damaged));

    /// <inheritdoc/>
    public IReadOnlyCollection<string> WereRemoved(IReadOnlyCollection<string> ids) => IoErrors.Wrap(() => new Removals(repository).Among(ids));

    /// <inheritdoc/>
    public void Undelete(RemovedSnapshot removed) => IoErrors.Wrap(() =>
    {
        new Removals(repository).Undelete(removed, Actor);
        return true;
    });

    /// <inheritdoc/>
    public IReadOnlyList<RetentionDecision> Forget(ForgetRequest request) => IoErrors.Wrap(() =>
    {
        request.EnsureSensible();
        var names = repository.Snapshots.Read(error => throw error, error => throw error).Where(snapshot => request.Covers(snapshot.Name)).GroupBy(snapshot => snapshot.Name).ToList();
        if (names.Count == 0)
            throw MissingName.Error(request.Name, []);
        var decisions = names.SelectMany(name => RetentionPlan.Make([.. name], request.Policy, FormatTime.Now())).ToList();
        if (!request.DryRun)
            new Removals(repository).Remove([.. decisions.Where(decision => !decision.Keep).Select(decision => decision.Snapshot)], Actor);
        return decisions;
    });

    /// <inheritdoc/>
    public PruneReport Prune(bool dryRun, TransferProgress progress, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        if (NeedsKey && ClockWasAhead)
            throw new RepositoryException(ErrorCode.Denied, "Whether a clock was ahead is told by records, which take the key (--key-file)");
        if (NeedsKey)
            return RestedTrash.Empty(repository.Store, Grace, dryRun, cancellation);
        using var prune = new Prune(repository, Grace, dryRun, notice, progress, cancellation) { ClockWasAhead = ClockWasAhead };
        return prune.Run();
    });

    /// <summary>Has puts be acknowledged only when other folders hold them as well, and reads fall back to these (docs/design/replication.md, 4).</summary>
    /// <param name="folders">Copies of this repository.</param>
    /// <param name="needed">How many must hold a put, this one counted.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if there are not so many.</exception>
    public void UseCopies(IReadOnlyList<string> folders, int needed)
    {
        if (needed < 1 || needed > folders.Count + 1)
            throw new RepositoryException(ErrorCode.Usage, $"copies: {needed} of {folders.Count + 1} places cannot hold what is put; name more stores");
        var places = folders.Append(repository.Store.Location).Select(RealPath).ToList();
        if (places.Distinct().Count() < places.Count)
            throw new RepositoryException(ErrorCode.Usage, "stores: a folder is there twice, or is the repository itself");
        if (folders.Count == 0)
            return;
        var copies = new CopySet(repository.Store, [.. folders.Select(folder => new LocalDirectory(folder, new Disk()))], needed, notice);
        copies.TellAbsent();
        repository.UseCopies(copies);
    }

    /// <summary>This repository as one to which another copy is sent.</summary>
    /// <param name="location">How users name it.</param>
    public IObjectTarget AsTarget(string location) => new RepositoryTarget(Objects, location, OpenReadingSession(), NeedsKey, cancellation => Prune(dryRun: false, new TransferProgress(), cancellation).FreedBytes);

    /// <summary>Sends what is missing to another copy (docs/design/replication.md).</summary>
    /// <param name="prune">Whether what was removed here goes there, too.</param>
    /// <exception cref="RepositoryException">As <see cref="Replication.Run"/>.</exception>
    public ReplicaReport Replicate(IObjectTarget target, bool prune, TransferProgress progress, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        using var replication = new Replication(repository, target, notice, progress, cancellation);
        return replication.Run(prune);
    });

    /// <summary>Makes a repository that holds copies, and no key.</summary>
    /// <param name="path">A folder that is not there, or empty.</param>
    /// <param name="config">The config of the repository that is copied.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if something is there; <see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/> if that is no config.</exception>
    public static void CreateReplica(string path, ReadOnlyMemory<byte> config) => IoErrors.Wrap(() =>
    {
        RepositoryConfig.Read(config.Span);
        new LocalDirectory(path, new Disk()).CreateConfig(config.Span, () => { }, isReplica: true);
        return true;
    });

    /// <summary>The config's bytes.</summary>
    public byte[] Config() => repository.Config.Write();

    /// <inheritdoc/>
    public CheckReport Check(CheckRequest request, TransferProgress progress, CancellationToken cancellation) =>
        Check(request, new VerifiedBundles(stateFolder: null, RealLocation), progress, cancellation);

    /// <summary>Verifies the repository; which bundles were verified, and when, is looked up and noted.</summary>
    internal CheckReport Check(CheckRequest request, VerifiedBundles verified, TransferProgress progress, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        request.EnsureSensible();
        if (NeedsKey)
        {
            notice("Without the key nobody sees whether anything is missing: files are compared with their names");
            return KeylessCheck.Run(repository.Store, verified, request, progress, cancellation);
        }

        using var check = new RepositoryCheck(repository, verified, notice, progress, cancellation);
        return check.Run(request);
    });

    /// <summary>Checks, and mends what is wrong as far as other copies and what is left allow (docs/design/replication.md, 3).</summary>
    /// <param name="sources">Other copies.</param>
    internal CheckReport Repair(CheckRequest request, IReadOnlyList<IObjectSource> sources, VerifiedBundles verified, TransferProgress progress, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        foreach (var source in sources)
        {
            if (RepositoryConfig.Read(source.ReadConfig()).Id is var other && other != Id)
                throw new RepositoryException(ErrorCode.Denied, $"{source.Location} is repository {other}, this is {Id}: nothing was touched");
        }

        using var held = repository.Store.TryLock(Maintenance.Prune.LockName) ?? throw new RepositoryException(ErrorCode.Busy, $"Somebody prunes {repository.Store.Location}, or mends it");
        using var here = new RepositoryTarget(Objects, repository.Store.Location, OpenReadingSession(), NeedsKey, _ => 0) { KeepsTrash = true };
        int SendHere(IObjectSource source)
        {
            var copy = new OpenRepository(new ObjectStore(source), repository.Config, NeedsKey ? null : repository.Keys);
            // A copy may have what was given up here long ago.
            using var replication = new Replication(copy, here, notice, new TransferProgress(), cancellation) { WithSnapshots = !NeedsKey || repository.Store.IsReplica };
            var report = replication.Run(prune: false, withIndex: false);
            foreach (var problem in report.Problems)
                notice($"{source.Location}: {problem.Message}");
            return report.Objects;
        }

        return new Repair(repository, sources, asked => Check(asked, verified, progress, cancellation), SendHere, notice, cancellation).Run(request);
    });

    /// <inheritdoc/>
    public void Verify(SnapshotInfo snapshot, TransferProgress progress, CancellationToken cancellation) =>
        Get(snapshot, Stream.Null, prefix: null, progress, cancellation);

    /// <inheritdoc/>
    public IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules) => Late(rules, error => throw error);

    /// <summary>The same, as far as manifests can be read.</summary>
    /// <param name="damaged">Told of each that cannot.</param>
    internal IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules, Action<RepositoryException> damaged) =>
        IoErrors.Wrap(() => LateNames.Find(repository.Snapshots.ReadManifests(damaged), rules, FormatTime.Now()));

    /// <inheritdoc/>
    public RepositoryStats Stats() => IoErrors.Wrap(() => StoredSizes.Add(repository, notice));

    /// <summary>Where it is, as it was opened.</summary>
    public string Folder => repository.Store.Location;

    /// <summary>The folder, by whichever way it was reached.</summary>
    internal string RealLocation => repository.Store is ObjectStore ? repository.Store.Location : RealPath(repository.Store.Location);

    /// <summary>A folder's absolute path, the same by whichever link or spelling it is named.</summary>
    /// <param name="folder">Need not be there.</param>
    public static string RealPath(string folder)
    {
        // With a slash at its end a link is what it leads to, and leads nowhere itself.
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return new DirectoryInfo(path) is { Exists: true } here && here.ResolveLinkTarget(returnFinalTarget: true) is { } real ? real.FullName : path;
    }
}
