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
/// <param name="keys">What opens frames, if anything does.</param>
/// <param name="frames">Opens them.</param>
/// <param name="chunks">Reads chunks, deltas with their bases.</param>
internal sealed class CopyProof(RepositoryKeys keys, FrameCache frames, ChunkReader chunks) : IDisposable
{
    private readonly ChunkHashers hashers = new(keys);

    /// <summary>Whether a chunk's copy at a place is as good as the one in a bundle's entry.</summary>
    /// <param name="id">The chunk.</param>
    /// <param name="place">Of the copy that is to stay; if it is a delta, its base stays as well.</param>
    /// <param name="bundle">Where the other one is.</param>
    /// <param name="entry">Its number there.</param>
    public bool Proves(ChunkId id, ChunkPlace place, BundleReader bundle, int entry)
    {
        try
        {
            if (frames.TryBundle(place.Bundle) is not { } other || place.Entry >= other.Footer.Count)
                return false;
            if (other.Class != bundle.Class || other.Domain != bundle.Domain || other.Footer.Id(place.Entry) != id || other.Footer.Base(place.Entry) != place.Base)
                return false;
            return other.Class == ChunkClass.Structure || keys.OpensContent ? IsRight(id, other, place) : IsSameFrame(other, place.Entry, bundle, entry);
        }
        catch (Exception error) when (Culprit.IsDamage(error))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => hashers.Dispose();

    private bool IsRight(ChunkId id, BundleReader bundle, ChunkPlace place)
    {
        var chunk = chunks.ReadThereAsync(place).GetAwaiter().GetResult();
        var actual = hashers.Of(bundle).Hash(chunk.Span);
        chunk.Holder.Release();
        return actual == id;
    }

    private static bool IsSameFrame(BundleReader one, int oneEntry, BundleReader other, int otherEntry) =>
        one.ReadSealed(one.Footer.Place(oneEntry).Frame).AsSpan().SequenceEqual(other.ReadSealed(other.Footer.Place(otherEntry).Frame));
}
