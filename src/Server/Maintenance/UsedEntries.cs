using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Which entries of which bundles are used: of each chunk that something reaches, one plain copy; where there is none, all deltas whose bases are
/// there (of those in the trash none, if there are others) and one plain copy of each of their bases. docs/design/removal.md, 4.
/// </summary>
/// <param name="index">Where chunks are.</param>
/// <param name="reachable">What is reached; bases are added to it.</param>
/// <param name="resting">Bundles in the trash: of copies, one elsewhere counts before one in these.</param>
/// <remarks>
/// Threading: one thread. Memory: 200 bytes a bundle, a bit an entry, and 150 bytes a chunk that is there both plain and as a delta, which are few.
/// What was counted stays so, whatever comes to the index later.
/// </remarks>
internal sealed class UsedEntries(ChunkIndex index, ChunkIdSet reachable, IEnumerable<ObjectId> resting)
{
    private readonly Dictionary<ObjectId, EntryUse> bundles = [];
    private readonly Dictionary<ChunkId, List<ChunkId>> restingOn = []; // bases, and what has deltas on them but counts elsewhere
    private readonly HashSet<ObjectId> resting = [.. resting];

    /// <summary>Every bundle of which the index tells.</summary>
    public IReadOnlyDictionary<ObjectId, EntryUse> Bundles => bundles;

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
            foreach (var copy in copies.Where(copy => copy.Place.Base is not null))
            {
                if (Counts(copy.Place, copies))
                    reachable.Add(copy.Place.Base!.Value);
                else if (!resting.Contains(copy.Place.Bundle) && !restingOn.TryAdd(copy.Place.Base!.Value, [copy.Id]))
                    restingOn[copy.Place.Base!.Value].Add(copy.Id);
            }
        }

        ulong? last = null;
        foreach (var copies in Chunks(cancellation))
        {
            var isReached = reachable.Contains(copies[0].Id);
            foreach (var (_, place) in copies)
            {
                if (!bundles.TryGetValue(place.Bundle, out var use))
                    bundles[place.Bundle] = use = new EntryUse();
                use.Note(place.Entry, isReached && Counts(place, copies));
            }

            if (isReached && copies[0].Id.A != last)
                Found++;
            last = isReached ? copies[0].Id.A : last;
        }
    }

    /// <summary>Whether something reaches a chunk.</summary>
    public bool IsReached(ChunkId id) => reachable.Contains(id);

    /// <summary>Whether an entry of a bundle is used.</summary>
    public bool IsUsed(ObjectId bundle, int entry) => bundles.TryGetValue(bundle, out var use) && use.IsUsed(entry);

    /// <summary>The plain copies of a chunk, as the index has them now, in bundles that are none of some and do not rest in the trash.</summary>
    public IEnumerable<ChunkPlace> Elsewhere(ChunkId id, IReadOnlySet<ObjectId> than) =>
        index.FindAll(id).Where(copy => copy.Base is null && index.Bundles.Contains(copy.Bundle) && !than.Contains(copy.Bundle) && !Rests(copy.Bundle));

    /// <summary>Chunks of which there is a delta on this one, and a plain copy that counts instead: without this chunk that one is all there is.</summary>
    public IReadOnlyList<ChunkId> RestingOn(ChunkId id) => restingOn.GetValueOrDefault(id) ?? [];

    // One that is needed was brought back.
    private bool Rests(ObjectId bundle) => resting.Contains(bundle) && bundles.GetValueOrDefault(bundle)?.Used is null or 0;

    private bool Counts(ChunkPlace place, List<IndexRecord> copies) => Chosen(copies) is { } chosen
        ? place == chosen
        : copies.Count <= 1 || Rank(place) == copies.Min(copy => Rank(copy.Place));

    // A delta whose base is gone is none: something else counted when that was given up.
    private int Rank(ChunkPlace delta) => !index.TryFindPlain(delta.Base!.Value, delta.Class, out _) ? 2 : resting.Contains(delta.Bundle) ? 1 : 0;

    // Copies come sorted by bundle and entry.
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
