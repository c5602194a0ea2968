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
/// <remarks>Threading: any number of threads. Owns the open index files.</remarks>
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

    private readonly IFileStore store;
    private readonly RepositoryKeys keys;
    private readonly HashSet<ObjectId> bundles;
    private readonly List<IndexFile> files = [];
    private readonly Dictionary<ChunkId, ChunkPlace> fresh = [];
    private readonly List<ObjectId> freshBundles = [];
    private readonly List<ChunkPlace> candidates = [];
    private readonly Lock gate = new();

    private ChunkIndex(IFileStore store, RepositoryKeys keys)
    {
        this.store = store;
        this.keys = keys;
        bundles = new HashSet<ObjectId>(store.List(FileKind.Bundle));
    }

    /// <summary>Opens the index as it is now.</summary>
    /// <param name="store">Where the files are.</param>
    /// <param name="keys">What opens them; a put key is enough.</param>
    /// <param name="session">
    /// If given, what had to be read from bundles is written as index files, so that memory stays bounded; null for a
    /// reader that must not write.
    /// </param>
    /// <param name="notice">Told of damaged or missing index files: a line for people.</param>
    public static ChunkIndex Open(IFileStore store, RepositoryKeys keys, ISessionLock? session, Action<string> notice)
    {
        var index = new ChunkIndex(store, keys);
        try
        {
            index.OpenFiles(notice);
            index.ReadUncovered(session, notice);
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

    /// <summary>The open index files.</summary>
    public IReadOnlyList<IndexFile> Files => files;

    /// <summary>Bytes of index files written through this object.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>
    /// Finds a chunk that can be read: its bundle is there and, for a delta, a plain copy of its base is too. Of several
    /// copies a plain one wins.
    /// </summary>
    public bool TryFind(ChunkId id, ChunkClass chunkClass, out ChunkPlace place)
    {
        lock (gate)
        {
            if (TryFindPlain(id, chunkClass, out place, out var delta))
                return true;
            if (delta is not { Base: { } baseId } || !TryFindPlain(baseId, chunkClass, out _, out _))
                return false;
            place = delta.Value;
            return true;
        }
    }

    /// <summary>Finds a plain copy of a chunk.</summary>
    public bool TryFindPlain(ChunkId id, ChunkClass chunkClass, out ChunkPlace place)
    {
        lock (gate)
            return TryFindPlain(id, chunkClass, out place, out _);
    }

    /// <summary>All that is known of a chunk's places, in bundles that are there and in those that are not.</summary>
    public IReadOnlyList<ChunkPlace> FindAll(ChunkId id)
    {
        lock (gate)
        {
            var places = new List<ChunkPlace>();
            if (fresh.TryGetValue(id, out var recent))
                places.Add(recent);
            foreach (var file in files)
                file.Find(id, places);
            return places;
        }
    }

    /// <summary>Treats a bundle as not there, since it is damaged.</summary>
    public void Exclude(ObjectId bundle)
    {
        lock (gate)
            bundles.Remove(bundle);
    }

    /// <summary>Every place of every chunk in a bundle that is there, in no order.</summary>
    public IEnumerable<ChunkPlace> Places() =>
        IndexMerge.Records(files).Select(record => record.Place).Where(place => bundles.Contains(place.Bundle)).Concat(fresh.Values);

    /// <summary>Adds a bundle that has just become durable; writes an index file when enough have come together.</summary>
    public void Add(ObjectId bundle, ChunkClass chunkClass, IReadOnlyList<FrameEntry> entries, ISessionLock? session)
    {
        lock (gate)
        {
            bundles.Add(bundle);
            freshBundles.Add(bundle);
            for (var entry = 0; entry < entries.Count; entry++)
                AddFresh(entries[entry].Id, new ChunkPlace(bundle, entry, entries[entry].ChunkLength, entries[entry].Base, chunkClass));
        }

        if (session is not null && fresh.Count >= FlushRecords)
            Flush(session);
    }

    /// <summary>Writes what is only in memory as an index file, durable when this returns; merges where there are many.</summary>
    public void Flush(ISessionLock session)
    {
        lock (gate)
        {
            if (freshBundles.Count == 0)
                return;
            using var writer = new IndexFileWriter(store, keys, session, fresh.Count);
            foreach (var bundle in freshBundles)
                writer.Cover(bundle);
            ChunkId[] ids = [.. fresh.Keys];
            Array.Sort(ids);
            foreach (var id in ids)
                writer.Add(new IndexRecord(id, fresh[id]));
            Adopt(writer.Commit());
            fresh.Clear();
            freshBundles.Clear();
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
            using (var writer = new IndexFileWriter(store, keys, session, chosen.Sum(file => file.Records)))
            {
                foreach (var bundle in chosen.SelectMany(file => file.Bundles))
                    writer.Cover(bundle);
                foreach (var record in IndexMerge.Records(chosen))
                    writer.Add(record);
                Adopt(writer.Commit());
            }

            foreach (var file in chosen)
            {
                files.Remove(file);
                store.Delete(FileKind.Index, file.Id);
                file.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in files)
            file.Dispose();
        files.Clear();
    }

    private bool TryFindPlain(ChunkId id, ChunkClass chunkClass, out ChunkPlace plain, out ChunkPlace? delta)
    {
        delta = null;
        candidates.Clear();
        if (fresh.TryGetValue(id, out var recent))
            candidates.Add(recent);
        foreach (var file in files)
            file.Find(id, candidates);
        foreach (var candidate in candidates)
        {
            if (candidate.Class != chunkClass || !bundles.Contains(candidate.Bundle))
                continue;
            if (candidate.Base is null)
            {
                plain = candidate;
                return true;
            }

            delta ??= candidate;
        }

        plain = default;
        return false;
    }

    private void AddFresh(ChunkId id, ChunkPlace place)
    {
        if (!fresh.TryGetValue(id, out var known) || (known.Base is not null && place.Base is null))
            fresh[id] = place;
    }

    private void Adopt((ObjectId Id, long Length) written)
    {
        WrittenBytes += written.Length;
        files.Add(IndexFile.TryOpen(store, keys, written.Id)
            ?? throw new RepositoryException(ErrorCode.Failed, $"Index file {written.Id} vanished after it was written"));
    }

    private void OpenFiles(Action<string> notice)
    {
        // A merge may delete files between the listing and the opening; then a newer file has their records.
        bool again;
        do
        {
            again = false;
            Dispose();
            foreach (var id in store.List(FileKind.Index))
            {
                try
                {
                    var file = IndexFile.TryOpen(store, keys, id);
                    again |= file is null;
                    if (file is not null)
                        files.Add(file);
                }
                catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
                {
                    notice($"{error.Message}; reading the bundles instead");
                }
            }
        }
        while (again);
    }

    private void ReadUncovered(ISessionLock? session, Action<string> notice)
    {
        var uncovered = new HashSet<ObjectId>(bundles);
        foreach (var file in files)
            uncovered.ExceptWith(file.Bundles);
        if (uncovered.Count > 0 && files.Count == 0)
            notice($"The index is missing; rebuilding it from {uncovered.Count} bundles");
        foreach (var id in uncovered)
        {
            try
            {
                if (BundleReader.TryOpen(store, keys, id) is { } bundle)
                    Add(id, bundle.Class, [.. Enumerable.Range(0, bundle.Footer.Count).Select(entry => bundle.Footer.Place(entry).Entry)], session);
            }
            catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
            {
                notice(error.Message);
            }
        }

        if (session is not null && files.Count == 0)
            Flush(session);
    }
}
