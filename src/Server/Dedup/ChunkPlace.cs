using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Dedup;

/// <summary>Where a chunk is stored.</summary>
/// <param name="Bundle">The bundle.</param>
/// <param name="Entry">Its number in the bundle's footer.</param>
/// <param name="ChunkLength">Bytes of the chunk.</param>
/// <param name="Base">The chunk that it is a delta against; null if it is plain.</param>
/// <param name="Class">Who may open it.</param>
internal readonly record struct ChunkPlace(ObjectId Bundle, int Entry, int ChunkLength, ChunkId? Base, ChunkClass Class)
{
    /// <summary>The place that an entry of a bundle is.</summary>
    public static ChunkPlace In(BundleReader bundle, int entry) =>
        new(bundle.Id, entry, bundle.Footer.ChunkLength(entry), bundle.Footer.Base(entry), bundle.Class);
}

/// <summary>A chunk and its place.</summary>
internal readonly record struct IndexRecord(ChunkId Id, ChunkPlace Place);
