using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Maintenance;

/// <summary>How much of a bundle is used.</summary>
/// <param name="Used">Entries that are.</param>
/// <param name="All">Entries.</param>
internal readonly record struct EntryCount(int Used, int All);

/// <summary>
/// Which entries of which bundles are used: of each chunk that something reaches, one plain copy; where there is none, one delta, and one plain
/// copy of its base. docs/design/removal.md, 4.
/// </summary>
/// <param name="index">Where chunks are.</param>
/// <param name="reachable">What is reached; bases are added to it.</param>
/// <param name="resting">Bundles in the trash: of copies, one elsewhere counts before one in these.</param>
/// <remarks>Threading: one thread. Memory: 60 bytes a bundle, and 150 a delta of what counts elsewhere, which are few.</remarks>
internal sealed class UsedEntries(ChunkIndex index, ChunkIdSet reachable, IEnumerable<ObjectId> resting)
{
    private readonly Dictionary<ObjectId, EntryCount> bundles = [];
    private readonly Dictionary<ChunkId, List<ChunkId>> restingOn = []; // bases, and what has a delta on them but counts elsewhere
    private readonly HashSet<ObjectId> resting = [.. resting];

    /// <summary>Every bundle of which the index tells.</summary>
    public IReadOnlyDictionary<ObjectId, EntryCount> Bundles => bundles;

    /// <summary>Chunks that are reached.</summary>
    public int Reached => reachable.Count;

    /// <summary>Chunks that are reached and are in some bundle; fewer than are reached if one is nowhere.</summary>
    public int Found { get; private set; }

    /// <summary>Counts; two passes over the index.</summary>
    public void Count(CancellationToken cancellation)
    {
        foreach (var copies in Chunks(cancellation))
        {
            if (!reachable.Contains(copies[0].Id))
                continue;
            var chosen = Chosen(copies);
            foreach (var copy in copies.Where(copy => copy.Place == chosen || !resting.Contains(copy.Place.Bundle)))
                AddBase(copy, isChosen: copy.Place == chosen);
        }

        ulong? last = null;
        foreach (var copies in Chunks(cancellation))
        {
            var isReached = reachable.Contains(copies[0].Id);
            var chosen = isReached ? Chosen(copies) : default(ChunkPlace?);
            foreach (var (_, place) in copies)
            {
                var count = bundles.GetValueOrDefault(place.Bundle);
                bundles[place.Bundle] = new EntryCount(count.Used + (place == chosen ? 1 : 0), count.All + 1);
            }

            if (isReached && copies[0].Id.A != last)
                Found++;
            last = isReached ? copies[0].Id.A : last;
        }
    }

    /// <summary>Whether something reaches a chunk.</summary>
    public bool IsReached(ChunkId id) => reachable.Contains(id);

    /// <summary>Whether an entry of a bundle is used.</summary>
    public bool IsUsed(ChunkId id, ChunkPlace place) => reachable.Contains(id) && place == Chosen(id);

    /// <summary>The copy of a chunk that counts; null if there is none.</summary>
    public ChunkPlace? Chosen(ChunkId id) => Chosen([.. index.FindAll(id).Where(other => index.Bundles.Contains(other.Bundle)).Distinct()
        .OrderBy(other => other.Bundle).ThenBy(other => other.Entry).Select(other => new IndexRecord(id, other))]);

    /// <summary>Chunks of which there is a delta on this one, and another copy that counts: without this chunk that one is all there is.</summary>
    public IReadOnlyList<ChunkId> RestingOn(ChunkId id) => restingOn.GetValueOrDefault(id) ?? [];

    // Copies come sorted by bundle and entry, so that all who ask choose the same: before one in the trash any other, before a delta a plain one.
    private ChunkPlace? Chosen(List<IndexRecord> copies) => copies.Count == 1
        ? copies[0].Place
        : copies.OrderBy(copy => copy.Place.Base is not null).ThenBy(copy => resting.Contains(copy.Place.Bundle)).Select(copy => (ChunkPlace?)copy.Place).FirstOrDefault();

    private void AddBase(IndexRecord copy, bool isChosen)
    {
        if (copy.Place.Base is not { } id)
            return;
        if (isChosen)
            reachable.Add(id);
        else if (!restingOn.TryAdd(id, [copy.Id]))
            restingOn[id].Add(copy.Id);
    }

    private IEnumerable<List<IndexRecord>> Chunks(CancellationToken cancellation)
    {
        var copies = new List<IndexRecord>();
        foreach (var record in index.Records())
        {
            if (copies.Count > 0 && copies[0].Id != record.Id)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return copies;
                copies.Clear();
            }

            copies.Add(record);
        }

        if (copies.Count > 0)
            yield return copies;
    }
}
