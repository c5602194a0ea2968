using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Sessions;

/// <summary>What a client may ask for in one batch.</summary>
internal static class BatchRule
{
    /// <summary>
    /// Chunks that a batch may have for each of its bytes that are a minimal chunk's: a large member ends in a short one, and one that
    /// is short may lie between two.
    /// </summary>
    private const int ShortChunks = 4;

    /// <summary>Chunks of any length at a stream's end.</summary>
    private const int LastChunks = 8;

    /// <summary>Refuses what no stream is cut into.</summary>
    /// <param name="parameters">The repository's.</param>
    /// <param name="lengths">Bytes of each chunk.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static void Check(ChunkingParameters parameters, int[] lengths)
    {
        var sum = 0L;
        foreach (var length in lengths)
        {
            if (length <= 0 || length > parameters.Maximum)
                throw new RepositoryException(ErrorCode.Usage, $"A chunk has {length} bytes, 1 to {parameters.Maximum} are allowed");
            sum += length;
        }

        if (sum == 0 || sum > ChunkBatch.TargetLength + parameters.Maximum)
            throw new RepositoryException(ErrorCode.Usage, $"A batch has {sum} bytes, 1 to {ChunkBatch.TargetLength + parameters.Maximum} are allowed");
        if (lengths.Length > LastChunks + (ShortChunks * sum / parameters.Minimum))
            throw new RepositoryException(ErrorCode.Usage, $"{lengths.Length} chunks are too many for a batch of {sum} bytes");
    }
}
