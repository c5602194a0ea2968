using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Proves that a chunk is really where the index says, before another copy of it is given up: it is opened and compared with its id;
/// who opens nothing compares the sealed frames.
/// </summary>
/// <remarks>Threading: one thread. Copies are few: those of interrupted prunes, of puts at the same time, and of what was damaged once.</remarks>
internal sealed class CopyProof(RepositoryKeys keys, FrameCache frames) : IDisposable
{
    private readonly ChunkHashers hashers = new(keys);

    /// <summary>Whether a chunk's copy at a place is as good as the one in a bundle's entry.</summary>
    /// <param name="id">The chunk.</param>
    /// <param name="place">Of the copy that is to stay; plain.</param>
    /// <param name="bundle">Where the other one is.</param>
    /// <param name="entry">Its number there.</param>
    public bool Proves(ChunkId id, ChunkPlace place, BundleReader bundle, int entry)
    {
        try
        {
            if (place.Base is not null || frames.TryBundle(place.Bundle) is not { } other || place.Entry >= other.Footer.Count)
                return false;
            if (other.Class != bundle.Class || other.Domain != bundle.Domain || other.Footer.Id(place.Entry) != id || other.Footer.Base(place.Entry) is not null)
                return false;
            return other.Class == ChunkClass.Structure || keys.OpensContent ? IsRight(id, other, place.Entry) : IsSameFrame(other, place.Entry, bundle, entry);
        }
        catch (Exception error) when (Culprit.IsDamage(error))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => hashers.Dispose();

    private bool IsRight(ChunkId id, BundleReader bundle, int entry)
    {
        var place = bundle.Footer.Place(entry);
        var frame = frames.Frame(bundle, place.Frame);
        var actual = hashers.Of(bundle).Hash(frame.Span.Slice(place.Offset, place.Entry.StoredLength));
        frame.Release();
        return actual == id;
    }

    private static bool IsSameFrame(BundleReader one, int oneEntry, BundleReader other, int otherEntry) =>
        one.ReadSealed(one.Footer.Place(oneEntry).Frame).AsSpan().SequenceEqual(other.ReadSealed(other.Footer.Place(otherEntry).Frame));
}
