namespace StreamBack.Server.Sessions;

/// <summary>What was new in a put, and what it took: told in its manifest.</summary>
/// <param name="NewChunks">Chunks of content that were not stored before.</param>
/// <param name="NewChunkBytes">Bytes of those, before compression.</param>
/// <param name="StoredBytes">Bytes of the bundles and index files that were written.</param>
internal readonly record struct PutGrowth(long NewChunks, long NewChunkBytes, long StoredBytes)
{
    /// <summary>Both together.</summary>
    public static PutGrowth operator +(PutGrowth left, PutGrowth right) =>
        new(left.NewChunks + right.NewChunks, left.NewChunkBytes + right.NewChunkBytes, left.StoredBytes + right.StoredBytes);
}
