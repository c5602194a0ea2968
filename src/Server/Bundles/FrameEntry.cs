using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Bundles;

/// <summary>One chunk as it stands in a frame: by itself (plain), or as a delta against its base.</summary>
/// <param name="Id">The chunk.</param>
/// <param name="StoredLength">Bytes in the opened frame.</param>
/// <param name="ChunkLength">Bytes of the chunk; for a plain entry the same.</param>
/// <param name="Base">The chunk that a delta was made against; null for a plain entry.</param>
/// <param name="Features">What similar chunks are found by.</param>
internal readonly record struct FrameEntry(ChunkId Id, int StoredLength, int ChunkLength, ChunkId? Base, SuperFeatures Features);
