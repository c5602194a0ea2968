using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Dedup;

/// <summary>
/// Where every chunk is: the union of all index files, of the bundles that none of them covers, and of what this session
/// has written since. Format: 5.
/// </summary>
/// <remarks>Threading: any number of threads. Holds open index files, with others of this process, and owns temporary ones.</remarks>
internal sealed class ChunkIndex : IDisposable
{
    /// <summary>
    /// Records kept in memory before they become an index file: about 4 GiB of new stream, about 10 MB.
    /// </summary>
    private const int FlushRecords = 1 << 16;

    /// <summary>
    /// With so many files a session merges before its end: each costs a look-up another 35 ns, and an open file
    /// (docs/decisions/0005). A put comes here with 256 GiB of new chunks.
    /// </summary>
    private const int MaxFiles = 64;

    /// <summary>The same for who may not write: fewer files, since nobody merges them; about 40 MB.</summary>
    private const int SpillRecords = 1 << 18;

    private readonly IFileStore store;
    private readonly RepositoryKeys keys;
    private readonly HashSet<ObjectId> bundles = [];
    private readonly HashSet<ObjectId> unused = []; // of these, those in the trash, and those that only copies have
    private readonly List<IndexFile> files = [];
    private readonly FreshEntries fresh = new();
    private readonly List<ObjectId> damaged = [];
    private readonly List<ChunkPlace> candidates = [];
    private readonly Dictionary<ObjectId, string> replaced = [];
    private readonly ISessionLock? session;
    private readonly IndexSpill spill;
    private readonly OpenIndexFiles open;
    private readonly Action<string> notice;
    private readonly Lock gate = new();

    private ChunkIndex(IFileStore store, RepositoryKeys keys, ISessionLock? session, Action<string> notice, bool withUnused)
    {
        this.store = store;
        this.keys = keys;
        this.session = session;
        this.notice = notice;
        spill = new IndexSpill(keys);
        open = OpenIndexFiles.Of(store);
        ListBundles(withUnused);
    }

    /// <summary>Opens the index as it is now.</summary>
    /// <param name="store">Where the files are.</param>
    /// <param name="keys">What opens them; a put key is enough.</param>
    /// <param name="session">
    /// If given, what had to be read from bundles is written as index files; null for a reader that must not write, whose
    /// index files are temporary.
    /// </param>
    /// <param name="notice">Told of damaged or missing index files: a line for people.</param>
    /// <param name="withUnused">Whether bundles in the trash count as there.</param>
    public static ChunkIndex Open(IFileStore store, RepositoryKeys keys, ISessionLock? session, Action<string> notice, bool withUnused = false)
    {
        var index = new ChunkIndex(store, keys, session, notice, withUnused);
        try
        {
            index.OpenFiles();
            index.AddCopied();
            index.ReadUncovered();
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>The bundles that were there when the index was opened, and those added since.</summary>
    public IReadOnlySet<ObjectId> Bundles => bundles;

    /// <summary>Whether a bundle of these was in the trash when the index was opened, or is only elsewhere: who looks in the repository itself alone does not find it.</summary>
    public bool IsUnused(ObjectId bundle) => unused.Contains(bundle);

    /// <summary>The open index files.</summary>
    public IReadOnlyList<IndexFile> Files => files;

    /// <summary>Whether index files tell of bundles that are not there.</summary>
    public bool IsStale => files.Exists(file => file.Bundles.Any(bundle => !bundles.Contains(bundle)));

    /// <summary>Whether anything that it leads to was found missing or damaged: it may be mended meanwhile, or put again.</summary>
    public bool SawDamage { get; private set; }

    /// <summary>Notes that.</summary>
    public void NoteDamage() => SawDamage = true;

    /// <summary>Bytes of index files written through this object.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>
    /// Finds a chunk that can be read: its bundle is there and, for a delta, a plain copy of its base is too. Of several
    /// copies a plain one wins; but one in the trash, which a prune may give back, only if there is no other.
    /// </summary>
    public bool TryFind(ChunkId id, ChunkClass chunkClass, out ChunkPlace place)
    {
        lock (gate)
        {
            var deltas = new List<ChunkPlace>();
            var isFound = TryFindPlain(id, chunkClass, out place, deltas);
            if (isFound && !unused.Contains(place.Bundle))
                return true;
            foreach (var delta in deltas)
            {
                if (!TryFindPlain(delta.Base!.Value, chunkClass, out var basePlace, []))
                    continue;
                var rests = unused.Contains(delta.Bundle) || unused.Contains(basePlace.Bundle);
                if (!isFound || !rests)
                    (isFound, place) = (true, delta);
                if (!rests)
                    return true;
            }

            return isFound;
        }
    }

    /// <summary>Finds a plain copy of a chunk.</summary>
    public bool TryFindPlain(ChunkId id, ChunkClass chunkClass, out ChunkPlace place)
    {
        lock (gate)
            return TryFindPlain(id, chunkClass, out place, []);
    }

    /// <summary>All that is known of a chunk's places, in bundles that are there and in those that are not.</summary>
    public IReadOnlyList<ChunkPlace> FindAll(ChunkId id)
    {
        lock (gate)
        {
            FindCandidates(id);
            return [.. candidates];
        }
    }

    /// <summary>All places of a chunk in bundles that are there: where to look for it if it is damaged in one.</summary>
    public IReadOnlyList<ChunkPlace> Places(ChunkId id, ChunkClass chunkClass)
    {
        lock (gate)
        {
            FindCandidates(id);
            return [.. candidates.Where(place => place.Class == chunkClass && bundles.Contains(place.Bundle))];
        }
    }

    /// <summary>Notes that what is damaged in a bundle was read from elsewhere.</summary>
    public void NoteReplaced(ObjectId bundle, string damage)
    {
        NoteDamage();
        lock (gate)
            replaced.TryAdd(bundle, damage);
    }

    /// <summary>The bundles of which that was noted, with the first damage.</summary>
    public IReadOnlyList<(ObjectId Bundle, string Damage)> Replaced()
    {
        lock (gate)
            return [.. replaced.Select(pair => (pair.Key, pair.Value))];
    }

    /// <summary>Treats a bundle as not there, since it is damaged.</summary>
    public void Exclude(ObjectId bundle)
    {
        NoteDamage();
        lock (gate)
            bundles.Remove(bundle);
    }

    /// <summary>Every place of every chunk in a bundle that is there, in no order.</summary>
    public IEnumerable<ChunkPlace> Places() =>
        IndexMerge.Records(files).Select(record => record.Place).Where(place => bundles.Contains(place.Bundle)).Concat(fresh.Places);

    /// <summary>Every record of a bundle that is there, sorted, all of one chunk after each other.</summary>
    public IEnumerable<IndexRecord> Records() =>
        IndexMerge.Records(files.Select(file => file.All()).Append(fresh.Sorted())).Where(record => bundles.Contains(record.Place.Bundle));

    /// <summary>
    /// Writes all index files anew as one, without what tells of bundles that are not there; durable before those it replaces are
    /// deleted. What others have written since this was opened stays as it is.
    /// </summary>
    public void Compact(ISessionLock session)
    {
        Flush(session);
        using var held = store.Lock(IndexMerge.LockName);
        lock (gate)
        {
            var before = files.ToList();
            var present = new HashSet<ObjectId>(store.List(FileKind.Bundle));
            using (var writer = new IndexFileWriter(store, keys, session, before.Sum(file => file.Records)))
            {
                foreach (var bundle in before.SelectMany(file => file.Bundles).Where(present.Contains))
                    writer.Cover(bundle);
                foreach (var record in IndexMerge.Records(before).Where(record => present.Contains(record.Place.Bundle)))
                    writer.Add(record);
                Adopt(writer.Commit());
            }

            Retire(before);
        }
    }

    /// <summary>Adds a bundle that has just become durable; writes an index file when enough have come together.</summary>
    public void Add(ObjectId bundle, ChunkClass chunkClass, IReadOnlyList<FrameEntry> entries, ISessionLock? session)
    {
        lock (gate)
        {
            bundles.Add(bundle);
            fresh.Add(bundle, chunkClass, entries);
        }

        if (session is not null && fresh.Count >= FlushRecords)
            Flush(session);
        else if (session is null && fresh.Count >= SpillRecords)
            Spill();
    }

    /// <summary>
    /// Writes what is only in memory as an index file, durable when this returns; then deletes damaged ones, whose records
    /// are now in others. Merges if that leaves many.
    /// </summary>
    public void Flush(ISessionLock session)
    {
        lock (gate)
        {
            if (fresh.Bundles.Count > 0)
                WriteFresh(session);
            foreach (var id in damaged)
                store.Delete(FileKind.Index, id);
            damaged.Clear();
        }

        if (files.Count >= MaxFiles)
            Merge(session);
    }

    /// <summary>
    /// Merges small index files into one, so that their number grows with the logarithm of the repository. Durable before
    /// those it replaces are deleted. Skipped if another session is merging.
    /// </summary>
    public void Merge(ISessionLock session)
    {
        using var held = store.TryLock(IndexMerge.LockName);
        if (held is null)
            return;
        lock (gate)
        {
            var chosen = IndexMerge.Choose(files);
            if (chosen.Count == 0)
                return;
            try
            {
                WriteMerged(chosen, session);
            }
            catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
            {
                AbandonDamaged(chosen);
                Flush(session);
                return;
            }

            Retire(chosen);
        }
    }

    private void Retire(IReadOnlyList<IndexFile> replaced)
    {
        foreach (var file in replaced)
        {
            files.Remove(file);
            store.Delete(FileKind.Index, file.Id);
            open.Release(file);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in files)
            open.Release(file);
        files.Clear();
        spill.Dispose();
    }

    private bool TryFindPlain(ChunkId id, ChunkClass chunkClass, out ChunkPlace plain, List<ChunkPlace> deltas)
    {
        FindCandidates(id);
        plain = default;
        var isFound = false;
        foreach (var candidate in candidates)
        {
            if (candidate.Class != chunkClass || !bundles.Contains(candidate.Bundle))
                continue;
            if (candidate.Base is not null)
            {
                deltas.Add(candidate);
                continue;
            }

            if (!isFound || !unused.Contains(candidate.Bundle))
                (isFound, plain) = (true, candidate);
            if (!unused.Contains(candidate.Bundle))
                return true;
        }

        return isFound;
    }

    private void FindCandidates(ChunkId id)
    {
        var asked = 0;
        while (true)
        {
            candidates.Clear();
            fresh.Find(id, candidates);
            try
            {
                for (asked = 0; asked < files.Count; asked++)
                    files[asked].Find(id, candidates);
                return;
            }
            catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
            {
                Abandon(files[asked], error);
            }
        }
    }

    private void WriteFresh(ISessionLock session)
    {
        using var writer = new IndexFileWriter(store, keys, session, fresh.Count);
        fresh.WriteTo(writer);
        Adopt(writer.Commit());
        fresh.Clear();
    }

    private void Spill()
    {
        lock (gate)
        {
            files.Add(spill.Write(fresh.Count, fresh.WriteTo));
            fresh.Clear();
        }
    }

    private void WriteMerged(IReadOnlyList<IndexFile> chosen, ISessionLock session)
    {
        using var writer = new IndexFileWriter(store, keys, session, chosen.Sum(file => file.Records));
        foreach (var bundle in chosen.SelectMany(file => file.Bundles))
            writer.Cover(bundle);
        foreach (var record in IndexMerge.Records(chosen))
            writer.Add(record);
        Adopt(writer.Commit());
    }

    // A damaged page shows only when it is read; what the file had is in its bundles.
    private void Abandon(IndexFile file, RepositoryException error)
    {
        NoteDamage();
        notice($"{error.Message}; reading the bundles instead");
        damaged.Add(file.Id);
        files.Remove(file);
        open.Release(file);
        ReadUncovered();
    }

    /// <summary>Reads every index file to its end, so that a damaged one is found and done without.</summary>
    public void EnsureReadable()
    {
        lock (gate)
            AbandonDamaged([.. files]);
    }

    private void AbandonDamaged(IReadOnlyList<IndexFile> suspects)
    {
        foreach (var file in suspects)
        {
            try
            {
                foreach (var _ in file.All())
                {
                }
            }
            catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
            {
                Abandon(file, error);
            }
        }
    }

    private void Adopt((ObjectId Id, long Length) written)
    {
        WrittenBytes += written.Length;
        files.Add(open.TryHold(store, keys, written.Id)
            ?? throw new RepositoryException(ErrorCode.Failed, $"Index file {written.Id} vanished after it was written"));
    }

    // Until nothing new is found, since a listing takes a while: a prune may put a new bundle where it has been already, and take an old one
    // away where it has not; and what it moves to the trash, or a put moves back, may be in the one when the other is looked at.
    private void ListBundles(bool withUnused)
    {
        for (var (round, count) = (0, -1); round < 2 || bundles.Count > count; round++)
        {
            count = bundles.Count;
            if (withUnused)
                unused.UnionWith(store.List(FileKind.UnusedBundle).Where(bundle => !bundles.Contains(bundle)));
            var listed = store.List(FileKind.Bundle);
            bundles.UnionWith(unused);
            bundles.UnionWith(listed);
            unused.ExceptWith(listed);
        }
    }

    // What is lost here, and is read from elsewhere; or a prune has written it anew, and not yet the index: so as those in the trash it comes last.
    private void AddCopied()
    {
        unused.UnionWith(files.SelectMany(file => file.Bundles).Where(bundle => !bundles.Contains(bundle) && store.HasCopy(FileKind.Bundle, bundle)));
        bundles.UnionWith(unused);
    }

    private void OpenFiles()
    {
        // A merge may delete files between the listing and the opening; then a newer file has their records.
        bool again;
        do
        {
            again = false;
            Dispose();
            damaged.Clear();
            foreach (var id in store.List(FileKind.Index))
            {
                try
                {
                    var file = open.TryHold(store, keys, id);
                    again |= file is null;
                    if (file is not null)
                        files.Add(file);
                }
                catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
                {
                    // One of a later version is passed over as well, but somebody may want it: only damaged ones are replaced.
                    if (error.Code == ErrorCode.Corrupt)
                        damaged.Add(id);
                    notice($"{error.Message}; reading the bundles instead");
                }
                catch (IOException error)
                {
                    // The disk may read it the next time.
                    notice($"index file {id}: {error.Message}; reading the bundles instead");
                }
            }
        }
        while (again);
    }

    private void ReadUncovered()
    {
        var uncovered = new HashSet<ObjectId>(bundles);
        foreach (var file in files)
            uncovered.ExceptWith(file.Bundles);
        uncovered.ExceptWith(fresh.Bundles);
        if (uncovered.Count > 0 && files.Count + damaged.Count == 0)
            notice($"The index is missing; rebuilding it from {uncovered.Count} bundle{(uncovered.Count == 1 ? "" : "s")}");
        foreach (var id in uncovered)
        {
            try
            {
                if (BundleReader.TryOpen(store, keys, id) is { } bundle)
                    Add(id, bundle.Class, [.. Enumerable.Range(0, bundle.Footer.Count).Select(entry => bundle.Footer.Place(entry).Entry)], session);
            }
            catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
            {
                notice(error.Message);
            }
            catch (IOException error)
            {
                notice($"bundle {id}: {error.Message}");
            }
        }

        if (session is not null && files.Count == 0)
            Flush(session);
    }
}
