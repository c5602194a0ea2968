using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Dedup;

/// <summary>
/// Finds a stored plain chunk that is like a new one, by a super-feature that both have. It knows the chunks that are near:
/// those of this session, and of the bundles that the stream comes by. Its memory is fixed; the oldest are forgotten.
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class SimilarityIndex
{
    /// <summary>Chunks remembered: 16 GiB of stream at the default average, 8 MiB.</summary>
    private const int MaxChunks = 1 << 18;

    /// <summary>
    /// Places for super-features: two for each of the four that a chunk has, so that few push each other out; 16 MiB,
    /// of which only what is used becomes resident.
    /// </summary>
    private const int Places = 1 << 21;

    private readonly ChunkId[] chunks = new ChunkId[MaxChunks];
    private readonly (uint Feature, uint Number)[] places = new (uint, uint)[Places];
    private readonly HashSet<ObjectId> bundles = [];
    private uint count;

    /// <summary>Remembers a plain chunk.</summary>
    public void Add(ChunkId id, SuperFeatures features)
    {
        if (!features.Exist)
            return;
        chunks[count % MaxChunks] = id;
        count++;
        places[Place(features.A, 0)] = (features.A, count);
        places[Place(features.B, 1)] = (features.B, count);
        places[Place(features.C, 2)] = (features.C, count);
        places[Place(features.D, 3)] = (features.D, count);
    }

    /// <summary>Remembers the plain chunks of a content bundle, once.</summary>
    public void Add(BundleReader bundle)
    {
        if (bundle.Class != ChunkClass.Content || !bundles.Add(bundle.Id))
            return;
        var footer = bundle.Footer;
        for (var entry = 0; entry < footer.Count; entry++)
        {
            if (footer.Features(entry) is { Exist: true } features)
                Add(footer.Id(entry), features);
        }
    }

    /// <summary>The most recent chunk that shares a super-feature, or null.</summary>
    public ChunkId? Find(SuperFeatures features)
    {
        if (!features.Exist)
            return null;
        var newest = Math.Max(
            Math.Max(Number(features.A, 0), Number(features.B, 1)), Math.Max(Number(features.C, 2), Number(features.D, 3)));
        return newest == 0 ? null : chunks[(newest - 1) % MaxChunks];
    }

    // 0 if there is none, or if its chunk has been forgotten.
    private uint Number(uint feature, int kind)
    {
        var (found, number) = places[Place(feature, kind)];
        return found == feature && count - number < MaxChunks ? number : 0;
    }

    // Kinds must not meet, and an odd multiplier spreads them over the table without losing any bit.
    private static int Place(uint feature, int kind) => (int)((feature + (uint)kind * 0x9E3779B1u) * 0x85EBCA6Bu >> 11);
}
