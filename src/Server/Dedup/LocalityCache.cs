using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Dedup;

/// <summary>
/// Guesses where the next chunk is before the index is asked: a stream that was stored before comes in the order in which its
/// chunks were stored, so the entry after one just found is nearly always the next (locality preserved caching, Zhu, Li,
/// Patterson, FAST 2008).
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class LocalityCache(ChunkIndex index, FrameCache bundles)
{
    /// <summary>
    /// Places in bundles that are followed at once: plain chunks, deltas, bases and headers each have frames of their own, and
    /// a stream may weave a few earlier ones together.
    /// </summary>
    private const int Cursors = 8;

    private readonly List<(BundleReader Bundle, int Next)> cursors = new(Cursors);
    private readonly HashSet<ObjectId> used = [];

    /// <summary>What it asks.</summary>
    public ChunkIndex Index => index;

    /// <summary>Called with each bundle in which a chunk was found, when it comes near.</summary>
    public Action<BundleReader>? Touched { get; init; }

    /// <summary>
    /// Told of a bundle that cannot be opened; it is then treated as not there, so that what it holds is found elsewhere or
    /// stored anew. Null for who must have it: the error comes out where there is no other copy.
    /// </summary>
    public Action<RepositoryException>? Damaged { get; init; }

    /// <summary>Whether a chunk was stored once and its place is lost: deltas may rest on it, so it is stored plainly again.</summary>
    public bool WasLost(ChunkId id) => index.FindAll(id).Count > 0;

    /// <summary>Bundles in which something was found: what a new snapshot rests on.</summary>
    public IReadOnlySet<ObjectId> Used => used;

    /// <summary>Finds a chunk that can be read, as <see cref="ChunkIndex.TryFind"/> does, and counts its bundles as used.</summary>
    public bool TryFind(ChunkId id, ChunkClass chunkClass, out ChunkPlace place)
    {
        if (!TryLocate(id, chunkClass, out place))
            return false;
        if (place.Base is { } baseId)
        {
            // The copy that comes next in a bundle may have lost its base; the index knows of others, and which can be read.
            if (!TryFindPlain(baseId, chunkClass, out var basePlace)
                && !(index.TryFind(id, chunkClass, out place) && (place.Base is not { } other || TryFindPlain(other, chunkClass, out basePlace))))
                return false;
            if (place.Base is not null)
                used.Add(basePlace.Bundle);
        }

        used.Add(place.Bundle);
        return true;
    }

    /// <summary>Finds a plain copy of a chunk.</summary>
    public bool TryFindPlain(ChunkId id, ChunkClass chunkClass, out ChunkPlace place) =>
        (TryLocate(id, chunkClass, out place) && place.Base is null) || TryReachSome(id, chunkClass, plainOnly: true, out place);

    /// <summary>The plain chunk that stands some entries after a place, or on which the delta rests that does: what a stream that was stored before had next. Null behind the bundle's end, and where it does not open: it is a guess.</summary>
    public ChunkId? After(ChunkPlace place, int entries)
    {
        try
        {
            return bundles.TryBundle(place.Bundle) is { } bundle && place.Entry + entries < bundle.Footer.Count
                ? bundle.Footer.Base(place.Entry + entries) ?? bundle.Footer.Id(place.Entry + entries)
                : null;
        }
        catch (Exception error) when (error is IOException or RepositoryException { Code: ErrorCode.Corrupt or ErrorCode.Unsupported })
        {
            return null;
        }
    }

    /// <summary>Looks a chunk up only to come by its bundle, and by its base's.</summary>
    /// <returns>Its length in bytes; 0 if it is nowhere.</returns>
    public int BringNear(ChunkId id)
    {
        if (!TryLocate(id, ChunkClass.Content, out var place))
            return 0;
        if (place.Base is { } baseId)
            TryLocate(baseId, ChunkClass.Content, out _);
        return place.ChunkLength;
    }

    private bool TryLocate(ChunkId id, ChunkClass chunkClass, out ChunkPlace place)
    {
        if (TryFollow(id, chunkClass, out place))
            return true;
        return TryReachSome(id, chunkClass, plainOnly: false, out place);
    }

    private bool TryReachSome(ChunkId id, ChunkClass chunkClass, bool plainOnly, out ChunkPlace place)
    {
        RepositoryException? failure = null;
        while (plainOnly ? index.TryFindPlain(id, chunkClass, out place) : index.TryFind(id, chunkClass, out place))
        {
            if (TryReach(place, ref failure))
                return true;
        }

        return failure is null ? false : throw failure;
    }

    private bool TryFollow(ChunkId id, ChunkClass chunkClass, out ChunkPlace place)
    {
        for (var number = 0; number < cursors.Count; number++)
        {
            var (bundle, entry) = cursors[number];
            if (entry >= bundle.Footer.Count || bundle.Footer.Id(entry) != id || bundle.Class != chunkClass)
                continue;
            place = ChunkPlace.In(bundle, entry);
            cursors.RemoveAt(number);
            cursors.Insert(0, (bundle, entry + 1));
            return true;
        }

        place = default;
        return false;
    }

    private bool TryReach(ChunkPlace place, ref RepositoryException? failure)
    {
        try
        {
            Follow(place);
            return true;
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
        {
            if (Damaged is null)
                failure ??= error;
            else
                Damaged(error);
            index.Exclude(place.Bundle);
            return false;
        }
    }

    private void Follow(ChunkPlace place)
    {
        if (bundles.TryBundle(place.Bundle) is not { } bundle)
            return;
        if (cursors.Count == Cursors)
            cursors.RemoveAt(Cursors - 1);
        cursors.Insert(0, (bundle, place.Entry + 1));
        Touched?.Invoke(bundle);
    }
}
