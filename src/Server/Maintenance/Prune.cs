using System.Diagnostics;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Frees what no snapshot needs, and none that can be taken back, while puts and gets run. Why nothing that is needed can be lost:
/// docs/design/removal.md, 3 to 6.
/// </summary>
/// <remarks>Threading: one thread calls. Memory: that of <see cref="ReachableChunks"/> and <see cref="UsedEntries"/>, and a round's chunks.</remarks>
internal sealed class Prune : IDisposable
{
    /// <summary>Held by who prunes; its note tells what rests in the trash for whom.</summary>
    public const string LockName = "prune";

    /// <summary>Entries of bundles that are written anew before the old ones go: 25 GiB of stream, and 60 MB of memory.</summary>
    private const int EntriesInRound = 400_000;

    /// <summary>Bundles that move while puts wait for the commit lock: some ten milliseconds each on a slow disk.</summary>
    private const int MovedAtOnce = 32;

    /// <summary>Times that the manifests are read which came since, before the lock is taken for those that are left: each finds fewer.</summary>
    private const int ReadUnlocked = 3;

    /// <summary>Opened frames that are kept near, about 1 MiB each.</summary>
    private const int CachedFrames = 64;

    /// <summary>How long the lock is waited for: whoever moves one bundle has it for milliseconds, whoever prunes for minutes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>A clock may be so much behind another one of those that write here.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private readonly OpenRepository repository;
    private readonly IFileStore store;
    private readonly TimeSpan grace;
    private readonly bool dryRun;
    private readonly Action<string> notice;
    private readonly TransferProgress progress;
    private readonly CancellationToken cancellation;
    private readonly INamedLock? held;
    private readonly ISessionLock session;
    private readonly FrameCache frames;
    private readonly CopyProof proof;
    private readonly Trash? trash;
    private long freed;
    private long waiting;

    /// <param name="repository">Open; a put key is enough, and a full key does it better.</param>
    /// <param name="grace">How long removed snapshots rest.</param>
    /// <param name="dryRun">Whether nothing is done; then others may prune meanwhile.</param>
    /// <param name="notice">Told what a user should know: a line each, by any thread.</param>
    /// <param name="progress">Told how many bytes were read of those to be read.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/>, <see cref="ErrorCode.Failed"/>.</exception>
    public Prune(OpenRepository repository, TimeSpan grace, bool dryRun, Action<string> notice, TransferProgress progress, CancellationToken cancellation)
    {
        this.repository = repository;
        this.grace = grace;
        this.dryRun = dryRun;
        this.notice = notice;
        this.progress = progress;
        this.cancellation = cancellation;
        store = repository.Store;
        held = dryRun ? null : Lock(store);
        try
        {
            session = store.OpenSession();
        }
        catch
        {
            held?.Dispose();
            throw;
        }

        trash = held is null ? null : new Trash(store, held, session.Session);
        frames = new FrameCache(store, repository.Keys, CachedFrames);
        proof = new CopyProof(repository.Keys, frames);
    }

    /// <summary>Whether whoever asks knows that the clock is right, and was ahead when something was removed or put.</summary>
    public bool ClockWasAhead { get; init; }

    /// <summary>Prunes.</summary>
    public PruneReport Run()
    {
        if (!dryRun)
            EnsureLocksWork(store);
        EnsureClockIsRight();
        store.SweepDeadSessions();
        var expired = Settle();

        // The manifests before the index: what comes after them is looked at before anything moves.
        var roots = Roots.List(store).Where(id => !expired.Contains(id)).ToHashSet();
        var resting = store.List(FileKind.UnusedBundle);
        using var index = ChunkIndex.Open(store, repository.Keys, dryRun ? null : session, notice, withUnused: true);
        index.EnsureReadable();
        var used = new UsedEntries(index, Mark(index, roots), resting);
        used.Count(cancellation);
        BringBack(used, resting);
        var plan = PrunePlan.Make(Measure(used, resting));
        var written = plan.Rewritten.Sum(bundle => bundle.Used);
        freed = Bytes(plan.Unused) + Bytes(plan.Rewritten) - written;
        if (!dryRun)
        {
            freed = 0;
            store.MakeDurable(FileKind.Bundle, used.Bundles.Keys); // what others are given up for
            var later = new LaterRoots(repository, roots, frames);
            Give(index, used, later, [.. plan.Unused.Select(bundle => bundle.Id)]);
            written = Rewrite(index, used, later, roots, plan.Rewritten);
            if (index.IsStale)
                index.Compact(session);
        }

        return new PruneReport(
            expired.Count, plan.Kept.Count, Bytes(plan.Kept), plan.Unused.Count, Bytes(plan.Unused), plan.Rewritten.Count, Bytes(plan.Rewritten), written, freed, waiting);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        proof.Dispose();
        frames.Dispose();
        session.Dispose();
        held?.Dispose();
    }

    private static long Bytes(IEnumerable<BundleUse> bundles) => bundles.Sum(bundle => bundle.Length);

    /// <summary>Takes the lock of whoever moves bundles to the trash, or deletes them there.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/>.</exception>
    public static INamedLock Lock(IFileStore store)
    {
        for (var began = Stopwatch.GetTimestamp(); ; Thread.Sleep(Pause))
        {
            if (store.TryLock(LockName) is { } held)
                return held;
            if (Stopwatch.GetElapsedTime(began) > Patience)
                throw new RepositoryException(ErrorCode.Busy, $"Somebody else prunes {store.Location}");
        }
    }

    /// <summary>Refuses where a file system grants every lock: nobody would be waited for. To be called by who holds the lock of a prune.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/>.</exception>
    public static void EnsureLocksWork(IFileStore store)
    {
        using var second = store.TryLock(LockName);
        if (second is not null)
            throw new RepositoryException(ErrorCode.Failed, $"Locks do not work in {store.Location}: what others are using could be taken away, so nothing is freed here");
    }

    private void EnsureClockIsRight()
    {
        var now = FormatTime.Now() + Skew;
        var ahead = repository.Removals.Certain().Values.Where(record => record.Time > now).Select(record => $"{record.Name}@{record.Snapshot} was removed or taken back at {record.Time:u}")
            .Concat(repository.Snapshots.ReadManifests(error => throw error).Where(snapshot => snapshot.Received > now).Select(snapshot => $"{snapshot.Name}@{snapshot.Id} was put at {snapshot.Received:u}"));
        if (ahead.ToList() is [var what, ..] && !ClockWasAhead)
            throw new RepositoryException(ErrorCode.Failed, $"The clock is behind, or was ahead once: {what}; nothing is freed before that time (if the clock is right now: prune --clock-was-ahead)");
    }

    private List<ObjectId> Settle()
    {
        using var commit = dryRun ? null : store.Lock(PutCommit.CommitLock);
        return new Removals(repository).Settle(FormatTime.Now(), grace, dryRun, ClockWasAhead);
    }

    private ChunkIdSet Mark(ChunkIndex index, IEnumerable<ObjectId> roots)
    {
        var ids = new ChunkIdSet();
        var reaching = new ReachableChunks(new ChunkReader(index, frames), ids);
        foreach (var id in roots)
        {
            if (Roots.TryRead(repository, id) is { } manifest)
                reaching.Add(manifest, cancellation);
        }

        return ids;
    }

    // What is in the trash and is needed all the same came to be needed in a way that nobody foresaw.
    private void BringBack(UsedEntries used, IReadOnlyList<ObjectId> resting)
    {
        if (used.Found < used.Reached)
            throw new RepositoryException(ErrorCode.Corrupt, $"{used.Reached - used.Found} chunks that snapshots need are in no bundle; nothing is freed before that is mended: streamback check tells more");
        var needed = resting.Where(bundle => used.Bundles.GetValueOrDefault(bundle)?.Used > 0).ToList();
        needed.ForEach(bundle => notice($"bundle {bundle} is needed, and is brought back from the trash"));
        if (!dryRun)
            PutCommit.BringBack(store, needed);
    }

    private List<BundleUse> Measure(UsedEntries used, IReadOnlyList<ObjectId> resting)
    {
        var uses = new List<BundleUse>();
        foreach (var (id, use) in used.Bundles.ExceptBy(resting, pair => pair.Key))
        {
            cancellation.ThrowIfCancellationRequested();
            if (store.Length(FileKind.Bundle, id) is not { } length)
                continue;
            var isPartial = use.Used > 0 && use.Used < use.All;
            var bundle = use.Used > 0 && (isPartial || length < PrunePlan.SmallLength) ? TryBundle(id) : null;
            var rewriter = bundle is not null && bundle.Domain == repository.Config.Domain ? RewriterOf(bundle.Class, used) : null;
            var left = !isPartial || rewriter is null ? length : length - rewriter.UnusedBytes(bundle!);
            uses.Add(new BundleUse(id, bundle?.Class ?? ChunkClass.Content, length, use.Used == 0 ? 0 : Math.Max(1, left), rewriter is not null, rewriter?.MayJoin(bundle!) == true));
        }

        return uses;
    }

    private BundleReader? TryBundle(ObjectId id)
    {
        try
        {
            return frames.TryBundle(id);
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
        {
            notice(error.Message);
            return null;
        }
    }

    private IBundleRewriter RewriterOf(ChunkClass chunkClass, UsedEntries used) => chunkClass == ChunkClass.Structure || repository.Keys.OpensContent
        ? new ChunkRewriter(repository, session, frames, used.IsUsed)
        : new FrameRewriter(repository, session, used);

    private long Rewrite(ChunkIndex index, UsedEntries used, LaterRoots later, IReadOnlySet<ObjectId> roots, IReadOnlyList<BundleUse> bundles)
    {
        progress.Total = Bytes(bundles);
        var written = 0L;
        foreach (var chunkClass in new[] { ChunkClass.Structure, ChunkClass.Content })
        {
            var round = new List<BundleReader>();
            foreach (var bundle in Readers(bundles.Where(bundle => bundle.Class == chunkClass)))
            {
                if (!FileHash.IsRight(store, FileKind.Bundle, bundle.Id, cancellation))
                {
                    notice($"bundle {bundle.Id} is damaged, and left as it is");
                    continue;
                }

                round.Add(bundle);
                if (round.Sum(source => source.Footer.Count) < EntriesInRound)
                    continue;
                written += RewriteRound(index, used, later, roots, round);
                round.Clear();
            }

            written += RewriteRound(index, used, later, roots, round);
        }

        return written;
    }

    private long RewriteRound(ChunkIndex index, UsedEntries used, LaterRoots later, IReadOnlySet<ObjectId> roots, List<BundleReader> sources)
    {
        if (sources.Count == 0)
            return 0;
        var chunkClass = sources[0].Class;
        var order = chunkClass == ChunkClass.Content && repository.Keys.OpensContent ? new ReadingOrder(repository, roots, notice).Chunks(index, frames) : [];
        var length = 0L;
        RewriterOf(chunkClass, used).Rewrite(sources, order, Written, cancellation);
        index.Flush(session);
        Give(index, used, later, [.. sources.Select(source => source.Id)]);
        progress.Bytes += sources.Sum(source => source.Length);
        return length;

        void Written(WrittenBundle bundle)
        {
            EnsureRight(bundle);
            index.Add(bundle.Id, chunkClass, bundle.Entries, session);
            length += bundle.Length;
        }
    }

    // What was copied from is given up for it: so it is read back first.
    private void EnsureRight(WrittenBundle written)
    {
        if (!FileHash.IsRight(store, FileKind.Bundle, written.Id, cancellation) || BundleReader.TryOpen(store, repository.Keys, written.Id) is not { } bundle
            || bundle.Footer.Count != written.Entries.Count || written.Entries.Index().Any(entry => bundle.Footer.Id(entry.Index) != entry.Item.Id))
            throw new RepositoryException(ErrorCode.Failed, $"bundle {written.Id} is not what was just written: nothing is given up for it, and the disk or the memory of this machine is to be looked at");
    }

    private IEnumerable<BundleReader> Readers(IEnumerable<BundleUse> bundles) => bundles.Select(bundle => TryBundle(bundle.Id)).OfType<BundleReader>();

    // Puts that were committed since the mark may rest on what was unused then; those that are under way look for themselves when they commit.
    private void Give(ChunkIndex index, UsedEntries used, LaterRoots later, HashSet<ObjectId> going)
    {
        foreach (var some in going.Select(TryBundle).OfType<BundleReader>().Where(bundle => IsKnownElsewhere(bundle, used, going)).Chunk(MovedAtOnce))
        {
            // The many outside of the lock, so that within it there are few or none; but not without end where puts do not end.
            for (var round = 0; round < ReadUnlocked && later.Read(cancellation) > 0; round++)
            {
            }

            using (store.Lock(PutCommit.CommitLock))
            {
                later.Read(cancellation);
                var moving = some.Select(bundle => bundle.Id).ToHashSet();
                moving.ExceptWith(some.Where(bundle => IsNeeded(bundle, later.Needed, index, moving)).Select(bundle => bundle.Id).ToList());
                trash!.Take(moving);
                foreach (var bundle in moving)
                    index.Exclude(bundle);
            }
        }

        Empty(index, later);
    }

    // What a session may have found there that has ended since, and had a manifest appear without moving it back: a copy is sent to where there is no key.
    private void Empty(ChunkIndex index, LaterRoots later)
    {
        var due = trash!.Due();
        later.Read(cancellation);
        var needed = later.Needed.Count == 0 ? [] : due.Where(id => TryBundle(id) is { } bundle && IsNeeded(bundle, later.Needed, index, due)).ToList();
        needed.ForEach(bundle => notice($"bundle {bundle} is needed, and is brought back from the trash"));
        PutCommit.BringBack(store, needed);
        due.ExceptWith(needed);
        (var more, waiting) = trash.Empty(due);
        freed += more;
    }

    // What is used here is in another bundle by now. Of what something reaches and does not count here, the copy that does must be there, and be
    // what it should be; so must that of what has a delta on something in here.
    private bool IsKnownElsewhere(BundleReader bundle, UsedEntries used, HashSet<ObjectId> going)
    {
        for (var entry = 0; entry < bundle.Footer.Count; entry++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (used.IsUsed(bundle.Id, entry))
                continue;
            var id = bundle.Footer.Id(entry);
            foreach (var one in used.RestingOn(id).Prepend(id).Where(used.IsReached))
            {
                var others = used.Elsewhere(one, going).ToList();
                if (others.Count == 0 ? IsOneOfManyDeltas(one, bundle, entry) : others.Exists(other => proof.Proves(one, other, bundle, entry)))
                    continue;
                notice($"bundle {bundle.Id} is kept: of what it holds, another copy{(others.Count == 0 ? "" : $", in bundle {others[0].Bundle},")} is not what it should be");
                return false;
            }
        }

        return true;
    }

    // Whether those that count can be read nobody has looked.
    private static bool IsOneOfManyDeltas(ChunkId id, BundleReader bundle, int entry) => bundle.Footer.Id(entry) == id && bundle.Footer.Base(entry) is not null;

    private bool IsNeeded(BundleReader bundle, ChunkIdSet needed, ChunkIndex index, HashSet<ObjectId> moving)
    {
        if (needed.Count == 0)
            return false;
        for (var entry = 0; entry < bundle.Footer.Count; entry++)
        {
            var id = bundle.Footer.Id(entry);
            if (needed.Contains(id) && !index.FindAll(id).Any(copy => index.Bundles.Contains(copy.Bundle) && !index.IsUnused(copy.Bundle) && !moving.Contains(copy.Bundle) && proof.Proves(id, copy, bundle, entry)))
                return true;
        }

        return false;
    }
}
