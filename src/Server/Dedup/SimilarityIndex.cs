using System.Numerics;
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
    /// <summary>Content chunks remembered: 16 GiB of stream at the default average; with their places 24 MiB.</summary>
    public const int ContentChunks = 1 << 18;

    /// <summary>What each put has however many run: of a gibibyte of stream, 1.5 MiB.</summary>
    private const int LeastContentChunks = 1 << 14;

    /// <summary>Recipe nodes remembered: those of 600 GiB of stream; 3 MiB.</summary>
    public const int StructureChunks = 1 << 15;

    /// <summary>Places for each of the four features that a chunk has: two, so that few push each other out.</summary>
    private const int PlacesPerChunk = 8;

    private readonly ChunkClass chunkClass;
    private readonly ChunkId[] chunks;
    private readonly (uint Feature, uint Number)[] places;
    private readonly int shift;
    private readonly Dictionary<ObjectId, uint> bundles = [];
    private uint count;

    /// <param name="chunkClass">Whose chunks it knows: a delta and its base are of one class.</param>
    /// <param name="capacity">Chunks to remember: a power of two. Memory is 96 bytes each, resident as it is used.</param>
    public SimilarityIndex(ChunkClass chunkClass, int capacity)
    {
        this.chunkClass = chunkClass;
        chunks = new ChunkId[capacity];
        places = new (uint, uint)[capacity * PlacesPerChunk];
        shift = BitOperations.LeadingZeroCount((uint)places.Length) + 1;
    }

    /// <summary>Content chunks that a session which begins now remembers: a power of two.</summary>
    public static int ContentChunksNow => (int)BitOperations.RoundUpToPowerOf2((uint)MemoryShare.Of(ContentChunks, LeastContentChunks) + 1) / 2;

    /// <summary>Remembers a plain chunk, by its own features or by those of a delta that rests on it: what is similar to that one is similar to it as well.</summary>
    public void Add(ChunkId id, SuperFeatures features)
    {
        if (!features.Exist)
            return;
        chunks[count % (uint)chunks.Length] = id;
        count++;
        places[Place(features.A, 0)] = (features.A, count);
        places[Place(features.B, 1)] = (features.B, count);
        places[Place(features.C, 2)] = (features.C, count);
        places[Place(features.D, 3)] = (features.D, count);
    }

    /// <summary>Remembers the plain chunks of a bundle, and those that its deltas rest on; again, if so much came since that they may soon be forgotten.</summary>
    public void Add(BundleReader bundle)
    {
        if (bundle.Class != chunkClass || (bundles.TryGetValue(bundle.Id, out var added) && count - added < chunks.Length / 2))
            return;
        var footer = bundle.Footer;
        for (var entry = 0; entry < footer.Count; entry++)
        {
            if (footer.Features(entry) is { Exist: true } features)
                Add(footer.Base(entry) ?? footer.Id(entry), features);
        }

        bundles[bundle.Id] = count;
    }

    /// <summary>The most recent chunk that shares a super-feature, or null.</summary>
    public ChunkId? Find(SuperFeatures features)
    {
        if (!features.Exist)
            return null;
        var newest = Math.Max(
            Math.Max(Number(features.A, 0), Number(features.B, 1)), Math.Max(Number(features.C, 2), Number(features.D, 3)));
        return newest == 0 ? null : chunks[(newest - 1) % (uint)chunks.Length];
    }

    // 0 if there is none, or if its chunk has been forgotten.
    private uint Number(uint feature, int kind)
    {
        var (found, number) = places[Place(feature, kind)];
        return found == feature && count - number < chunks.Length ? number : 0;
    }

    // Kinds must not meet, and an odd multiplier spreads them over the table without losing any bit.
    private int Place(uint feature, int kind) => (int)((feature + (uint)kind * 0x9E3779B1u) * 0x85EBCA6Bu >> shift);
}
