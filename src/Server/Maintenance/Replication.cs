using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Sends what is missing to another copy of a repository; the order is that of docs/design/replication.md, 1.</summary>
/// <remarks>Threading: one thread calls; some send. Memory: an id for each file of both sides, what <see cref="RecipeCheck"/> takes, and a block for each that is sent.</remarks>
internal sealed class Replication : IDisposable
{
    /// <summary>Keeps a link of some length busy: a file waits while the other side makes the one before it durable.</summary>
    private const int SentAtOnce = 4;

    private readonly OpenRepository repository;
    private readonly IFileStore store;
    private readonly IObjectTarget target;
    private readonly Action<string> notice;
    private readonly TransferProgress progress;
    private readonly CancellationToken cancellation;
    private readonly ISessionLock? session;
    private readonly ConcurrentDictionary<ObjectId, (string What, string Message)> unsent = new(); // bundles and snapshots
    private readonly ConcurrentDictionary<ObjectId, bool> refused = new(); // snapshots that the other side does not want
    private readonly ConcurrentQueue<(string What, string Message)> others = new(); // damaged index files, labels and records: no snapshot rests on them
    private readonly Damage damage = new();
    private readonly HashSet<ObjectId> restingOn = []; // bundles that what was sent rests on
    private RepositoryException? stopped; // somebody prunes there, or one may not remove
    private int objects;
    private long bytes;

    /// <param name="repository">What is sent; without a key everything is.</param>
    /// <param name="target">Where to.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <param name="progress">Told how many bytes were sent of those to be sent.</param>
    public Replication(OpenRepository repository, IObjectTarget target, Action<string> notice, TransferProgress progress, CancellationToken cancellation)
    {
        this.repository = repository;
        this.target = target;
        this.notice = notice;
        this.progress = progress;
        this.cancellation = cancellation;
        store = repository.Store;
        session = ReadingSession.TryOpen(store);
    }

    /// <summary>Whether snapshots are sent that are not there; otherwise only what those that are there may need.</summary>
    public bool WithSnapshots { get; init; } = true;

    /// <summary>Sends.</summary>
    /// <param name="prune">Whether what is removed here goes there, too.</param>
    /// <param name="withIndex">Whether index files are sent: who has a key makes its own.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if it is another repository; any of the target.</exception>
    public ReplicaReport Run(bool prune, bool withIndex = true)
    {
        EnsureSame();
        if (prune && repository.NeedsKeys)
            throw new RepositoryException(ErrorCode.Denied, "Without a key nobody knows what was removed here, so nothing can be removed there");
        var there = target.List(ObjectKind.Snapshot).Select(stored => stored.Id).ToHashSet();
        var manifests = store.List(FileKind.Snapshot).Where(id => !there.Contains(id)).ToList();
        Send(ObjectKind.Removal, Missing(ObjectKind.Removal));
        Send(ObjectKind.Label, Missing(ObjectKind.Label));
        manifests = [.. Wanted(manifests)];
        SendBundles([.. Roots.List(store).Union(manifests)]);
        if (withIndex)
            Send(ObjectKind.Index, Missing(ObjectKind.Index));
        var sent = manifests.Where(IsWhole).ToList();
        Send(ObjectKind.Snapshot, InOrder(sent));
        if (!refused.IsEmpty)
            Send(ObjectKind.Removal, Missing(ObjectKind.Removal)); // of what was removed meanwhile, or there it would be missed
        Confirm();
        var (removed, freed) = prune ? PruneThere() : (0, 0);
        if (stopped is not null && unsent.IsEmpty && others.IsEmpty && !damage.Any)
            throw stopped;
        if (stopped is not null)
            notice(stopped.Message);
        foreach (var (what, message) in unsent.Values.Concat(others))
            damage.Add(what, message);
        return new ReplicaReport(sent.Count(id => !unsent.ContainsKey(id) && !refused.ContainsKey(id)), objects, bytes, removed, freed, damage.Report());
    }

    /// <inheritdoc/>
    public void Dispose() => session?.Dispose();

    private void EnsureSame()
    {
        var config = RepositoryConfig.Read(target.ReadConfig());
        if (config.Id != repository.Config.Id)
            throw new RepositoryException(ErrorCode.Denied, $"{target.Location} is repository {config.Id}, this is {repository.Config.Id}: nothing was sent");
        if (!config.Write().AsSpan().SequenceEqual(repository.Config.Write()))
            throw new RepositoryException(ErrorCode.Corrupt, $"config of {target.Location} is not the one of this repository: nothing was sent");
    }

    private IEnumerable<ObjectId> Wanted(List<ObjectId> manifests)
    {
        if (WithSnapshots || manifests.Count == 0)
            return repository.NeedsKeys ? manifests : NotRemoved(manifests);
        notice($"{Sizes.Count(manifests.Count, "snapshot")} that {store.Location} has {(manifests.Count == 1 ? "is" : "are")} not brought: without the key nobody knows whether somebody removed {(manifests.Count == 1 ? "it" : "them")} (--key-file)");
        return [];
    }

    private IEnumerable<ObjectId> NotRemoved(List<ObjectId> manifests)
    {
        var removed = manifests.Intersect(new TargetRemovals(repository, target).Removed()).ToList();
        var here = repository.Removals.Removed();
        foreach (var id in removed.Where(id => here.Contains($"{id}")))
            notice($"{NameOf(id)} was about to be removed here, and is still there: it is not sent before a prune has settled that");
        return manifests.Except(removed);
    }

    private List<ObjectId> Missing(ObjectKind kind)
    {
        var there = target.List(kind).Select(stored => stored.Id).ToHashSet();
        return [.. store.List(kind.ToFile()).Where(id => !there.Contains(id))];
    }

    // Of all manifests, not only of those that are sent: a run may have been cut short, and whoever has a key there may have written anew what was there.
    private void SendBundles(IReadOnlyCollection<ObjectId> manifests)
    {
        var there = target.List(ObjectKind.Bundle).Select(stored => stored.Id).ToHashSet();
        var needed = repository.NeedsKeys ? AllBundles() : Needed(manifests, damage);
        restingOn.UnionWith(needed);
        needed.ExceptWith(there);
        progress.Total = needed.Sum(id => store.Length(FileKind.Bundle, id) ?? 0);
        Send(ObjectKind.Bundle, needed);
    }

    private (int Removed, long Freed) PruneThere()
    {
        var removed = UnlessStopped(() => RemoveThere(new TargetPruning(repository, target, restingOn, notice)));
        Confirm(); // of two copies of a chunk somebody with the key may have taken away one, and this the other
        return (removed, stopped is null ? UnlessStopped(() => target.Prune(cancellation)) : 0);
    }

    // Where a record cannot be read nothing goes there, and all else is told as well.
    private int RemoveThere(TargetPruning pruning)
    {
        try
        {
            return pruning.Run(isComplete: unsent.IsEmpty && !damage.Any, cancellation);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            others.Enqueue(("removal records", error.Message));
            return 0;
        }
    }

    // What was found damaged is told all the same.
    private T UnlessStopped<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Busy or ErrorCode.Denied)
        {
            stopped = error;
            return default!;
        }
    }

    // Somebody with the key may have pruned there before the manifests came: what was of no use then is in the trash, and comes back.
    private void Confirm()
    {
        var there = target.List(ObjectKind.Bundle).Select(stored => stored.Id).ToHashSet();
        Send(ObjectKind.Bundle, [.. restingOn.Where(bundle => !there.Contains(bundle) && !unsent.ContainsKey(bundle))]);
    }

    // Twice: a prune may put a new one where it has been listed already, and take the old one away where it has not.
    private HashSet<ObjectId> AllBundles() => [.. store.List(FileKind.Bundle), .. store.List(FileKind.Bundle)];

    private HashSet<ObjectId> Needed(IEnumerable<ObjectId> manifests, Damage found)
    {
        using var needed = new NeededBundles(repository, found, notice);
        foreach (var id in manifests)
        {
            cancellation.ThrowIfCancellationRequested();
            Guard(id, found, () =>
            {
                if (Roots.TryRead(repository, id) is { } manifest)
                    needed.Add(manifest);
            });
        }

        return needed.Ids;
    }

    private static void Guard(ObjectId manifest, Damage found, Action step)
    {
        try
        {
            step();
        }
        catch (Exception error) when (Culprit.IsDamage(error))
        {
            found.Add($"snapshot {manifest}", Culprit.Describe(manifest, error));
        }
    }

    // One that misses anything is not sent: there it would look whole.
    private bool IsWhole(ObjectId manifest)
    {
        if (unsent.IsEmpty && !damage.Any)
            return true;
        if (repository.NeedsKeys)
            return unsent.IsEmpty;
        var found = new Damage();
        var lost = Needed([manifest], found).FirstOrDefault(unsent.ContainsKey);
        if (lost != default)
            damage.Touch(damage.Add(unsent[lost].What, unsent[lost].Message), NameOf(manifest));
        return lost == default && !found.Any;
    }

    // Of a name each after the one before it, or whoever checks the copy meanwhile would miss that.
    private IEnumerable<IEnumerable<ObjectId>> InOrder(List<ObjectId> manifests)
    {
        if (repository.NeedsKeys)
            return manifests.Select(id => new[] { id });
        var facts = new List<(ObjectId Id, string? Name, string? Previous, DateTime? Received)>();
        foreach (var id in manifests)
        {
            cancellation.ThrowIfCancellationRequested();
            var structure = TryStructure(id);
            facts.Add((id, structure?.Name, structure?.Previous, structure?.Received));
        }

        return facts.GroupBy(one => one.Name).Select(name => PreviousFirst([.. name.OrderBy(one => one.Received).Select(one => (one.Id, one.Previous))])).ToList();
    }

    private static List<ObjectId> PreviousFirst(IReadOnlyList<(ObjectId Id, string? Previous)> snapshots)
    {
        var previous = snapshots.ToDictionary(one => one.Id, one => one.Previous);
        var (order, seen) = (new List<ObjectId>(), new HashSet<ObjectId>());
        foreach (var (id, _) in snapshots)
        {
            var line = new Stack<ObjectId>();
            for (ObjectId? next = id; next is { } one && previous.ContainsKey(one) && seen.Add(one); next = ObjectId.TryParse(previous[one] ?? "", out var before) ? before : null)
                line.Push(one);
            order.AddRange(line);
        }

        return order;
    }

    private ManifestStructure? TryStructure(ObjectId manifest)
    {
        try
        {
            return Manifest.TryRead(store, repository.Keys, manifest, withContent: false)?.Structure;
        }
        catch (Exception error) when (Culprit.IsDamage(error))
        {
            return null; // told where it is sent
        }
    }

    private bool WasRemoved(ObjectId manifest) => store.Length(FileKind.RemovedSnapshot, manifest) is not null
        || (!repository.NeedsKeys && repository.Removals.Removed().Contains($"{manifest}"));

    private string NameOf(ObjectId manifest) => $"{TryStructure(manifest)?.Name}@{manifest}";

    private void Send(ObjectKind kind, IReadOnlyCollection<ObjectId> ids) => Send(kind, ids.Select(id => new[] { id }));

    // Those of a group one after another.
    private void Send(ObjectKind kind, IEnumerable<IEnumerable<ObjectId>> groups)
    {
        try
        {
            Parallel.ForEach(groups, new ParallelOptions { MaxDegreeOfParallelism = SentAtOnce, CancellationToken = cancellation }, group =>
            {
                foreach (var id in group)
                    Send(kind, id);
            });
        }
        catch (AggregateException error)
        {
            // Of several that failed at the same time one is told.
            ExceptionDispatchInfo.Throw(error.Flatten().InnerExceptions[0]);
        }
    }

    private void Send(ObjectKind kind, ObjectId id)
    {
        var what = $"{kind.ToFile().Word()} {id}";
        using var file = kind == ObjectKind.Bundle ? BundleReader.TryOpenFile(store, id) : store.TryOpen(kind.ToFile(), id);
        if (file is null)
        {
            // What goes meanwhile was merged into another one, or removed; a bundle that a snapshot needs does not.
            if (kind == ObjectKind.Snapshot && WasRemoved(id))
                refused[id] = true;
            else if (kind is ObjectKind.Bundle or ObjectKind.Snapshot)
                unsent[id] = (what, $"{what}: is no longer there");
            return;
        }

        try
        {
            using var body = new StoredFileStream(file, read => progress.Bytes = Interlocked.Add(ref bytes, read));
            if (target.Put(kind, id, file.Length, body, cancellation))
                Interlocked.Increment(ref objects);
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Usage or ErrorCode.Corrupt && kind == ObjectKind.Bundle && BundleReader.IsGone(store, id))
        {
            unsent[id] = (what, $"{what}: went while it was read, as it was written anew: run it again");
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Usage or ErrorCode.Corrupt && !FileHash.IsRight(store, kind.ToFile(), id, cancellation))
        {
            var told = (what, $"{what}: is damaged here, and was not sent");
            if (kind is ObjectKind.Bundle or ObjectKind.Snapshot)
                unsent[id] = told;
            else
                others.Enqueue(told);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Denied && kind == ObjectKind.Snapshot)
        {
            // It was removed there, and somebody here does not know of it.
            notice(error.Message);
            refused[id] = true;
        }
    }
}
