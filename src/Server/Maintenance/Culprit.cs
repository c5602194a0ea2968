using StreamBack.Protocol;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Maintenance;

/// <summary>Which bundle is to blame for a chunk that cannot be read.</summary>
internal static class Culprit
{
    /// <summary>What a disk cannot read is damage as well, and must not end the check of all the rest.</summary>
    public static bool IsDamage(Exception error) =>
        error is IOException or RepositoryException { Code: ErrorCode.Corrupt or ErrorCode.Unsupported };

    /// <summary>The bundle in which the chunk is; of a delta whose base cannot be read, that in which the base is.</summary>
    public static ObjectId Of(ChunkPlace place, ChunkReader chunks)
    {
        if (place.Base is not { } baseId)
            return place.Bundle;
        var culprit = place.Bundle;
        try
        {
            var basePlace = chunks.Find(baseId, place.Class);
            culprit = basePlace.Bundle;
            chunks.ReadThereAsync(basePlace).GetAwaiter().GetResult().Holder.Release();
            return place.Bundle;
        }
        catch (Exception error) when (IsDamage(error))
        {
            return culprit;
        }
    }

    /// <summary>The line that tells a failure; one of the disk does not name the bundle itself.</summary>
    public static string Describe(ObjectId bundle, Exception error) =>
        error is IOException ? $"bundle {bundle}: {error.Message}" : error.Message;
}
