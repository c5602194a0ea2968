using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Maintenance;

/// <summary>How much of a bundle is used.</summary>
/// <param name="Used">Entries that are.</param>
/// <param name="All">Entries.</param>
internal readonly record struct EntryCount(int Used, int All);

/// <summary>
/// Which entries of which bundles are used: of each chunk that something reaches, one plain copy; where there is none, all deltas and
/// one plain copy of each of their bases. docs/design/removal.md, 4.
/// </summary>
/// <param name="index">Where chunks are.</param>
/// <param name="reachable">What is reached; bases are added to it.</param>
/// <param name="resting">Bundles in the trash: of copies, one elsewhere counts before one in these.</param>
/// <remarks>Threading: one thread. Memory: 60 bytes a bundle.</remarks>
internal sealed class UsedEntries(ChunkIndex index, ChunkIdSet reachable, IEnumerable<ObjectId> resting)
{
    private readonly Dictionary<ObjectId, EntryCount> bundles = [];
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
            if (reachable.Contains(copies[0].Id) && Chosen(copies) is null)
                copies.ForEach(copy => AddBase(copy.Place));
        }

        ulong? last = null;
        foreach (var copies in Chunks(cancellation))
        {
            var isReached = reachable.Contains(copies[0].Id);
            var chosen = isReached ? Chosen(copies) : null;
            foreach (var (_, place) in copies)
            {
                var count = bundles.GetValueOrDefault(place.Bundle);
                bundles[place.Bundle] = new EntryCount(count.Used + (isReached && IsChosen(place, chosen) ? 1 : 0), count.All + 1);
            }

            if (isReached && copies[0].Id.A != last)
                Found++;
            last = isReached ? copies[0].Id.A : last;
        }
    }

    /// <summary>Whether something reaches a chunk.</summary>
    public bool IsReached(ChunkId id) => reachable.Contains(id);

    /// <summary>Whether an entry of a bundle is used.</summary>
    public bool IsUsed(ChunkId id, ChunkPlace place) => reachable.Contains(id) && IsChosen(place, Chosen(id));

    /// <summary>The plain copy of a chunk that counts; null if there is none, so that all deltas do.</summary>
    public ChunkPlace? Chosen(ChunkId id)
    {
        var copies = index.FindAll(id).Where(other => index.Bundles.Contains(other.Bundle)).Distinct()
            .OrderBy(other => other.Bundle).ThenBy(other => other.Entry).Select(other => new IndexRecord(id, other)).ToList();
        return Chosen(copies);
    }

    private static bool IsChosen(ChunkPlace place, ChunkPlace? chosen) => chosen is null || place == chosen;

    // Copies come sorted by bundle and entry, so that all who ask choose the same.
    private ChunkPlace? Chosen(List<IndexRecord> copies)
    {
        ChunkPlace? chosen = null;
        foreach (var (_, place) in copies)
        {
            if (place.Base is not null)
                continue;
            if (!resting.Contains(place.Bundle))
                return place;
            chosen ??= place;
        }

        return chosen;
    }

    private void AddBase(ChunkPlace place)
    {
        if (place.Base is { } baseId)
            reachable.Add(baseId);
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
