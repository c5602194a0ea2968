namespace StreamBack.Server.Dedup;

/// <summary>What a put found new.</summary>
internal struct StoredStats
{
    /// <summary>Chunks of the stream, known and new.</summary>
    public long Chunks;

    /// <summary>Chunks that were not stored before.</summary>
    public long NewChunks;

    /// <summary>Bytes of those, before compression.</summary>
    public long NewChunkBytes;

    /// <summary>Of the new ones, how many became deltas.</summary>
    public long DeltaChunks;
}
