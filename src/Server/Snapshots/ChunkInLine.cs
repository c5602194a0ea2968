using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>A chunk of a stored stream whose turn comes.</summary>
/// <param name="Id">The chunk.</param>
/// <param name="Opening">Its bytes as they are read; null if it is in <paramref name="Frame"/>.</param>
/// <param name="Frame">The frame that is passed on; null if the chunk is opened.</param>
/// <param name="Offset">Where it begins in the opened frame; 0 if it is opened by itself.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Skip">How many of them are not wanted.</param>
internal readonly record struct ChunkInLine(ChunkId Id, Task<ChunkBytes>? Opening, PassedFrame? Frame, int Offset, int Length, int Skip)
{
    /// <summary>The chunks of a recipe, each begun to be opened when it is asked for.</summary>
    /// <param name="recipe">As <see cref="RecipeReader.Chunks"/> gives it.</param>
    /// <param name="chunks">Opens them.</param>
    public static IEnumerable<ChunkInLine> Opened(IEnumerable<(ChunkId Id, int Skip)> recipe, ChunkReader chunks)
    {
        foreach (var (id, skip) in recipe)
            yield return Opened(id, chunks.Find(id, ChunkClass.Content), skip, chunks);
    }

    /// <summary>A chunk that is begun to be opened.</summary>
    public static ChunkInLine Opened(ChunkId id, ChunkPlace place, int skip, ChunkReader chunks) =>
        new(id, chunks.ReadAsync(id, place), null, 0, place.ChunkLength, skip);
}
