using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>Walks a recipe in order, one node a level in memory. Format: 6.1.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal static class RecipeReader
{
    /// <summary>The chunk ids from an offset on.</summary>
    /// <param name="root">The recipe.</param>
    /// <param name="chunks">Reads nodes, and tells chunks' lengths where an offset falls between them.</param>
    /// <param name="offset">First stream byte wanted.</param>
    /// <returns>Each chunk with the number of its bytes to skip: 0 for all but the first.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public static IEnumerable<(ChunkId Id, int Skip)> Chunks(RecipeRoot root, ChunkReader chunks, long offset = 0)
    {
        CheckLevel(root);
        return Walk(root.Node, root.Level, chunks, offset);
    }

    /// <summary>The node of ids in which a byte of the stream is.</summary>
    /// <param name="root">The recipe.</param>
    /// <param name="chunks">Reads nodes.</param>
    /// <param name="offset">The byte.</param>
    /// <returns>The node, and where in the stream it begins.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public static (byte[] Ids, long Start) LeafAt(RecipeRoot root, ChunkReader chunks, long offset)
    {
        CheckLevel(root);
        var (node, start) = (root.Node, 0L);
        for (var level = root.Level; level > 0; level--)
        {
            CheckNode(node, level);
            var at = 0;
            for (; at < node.Length && RecipeNode.LengthUnder(node.AsSpan(at)) <= offset - start; at += RecipeNode.InnerEntrySize)
                start += RecipeNode.LengthUnder(node.AsSpan(at));
            if (at == node.Length)
                throw new RepositoryException(ErrorCode.Corrupt, $"recipe ends before byte {offset}");
            node = ReadNode(new ChunkId(node.AsSpan(at)), chunks);
        }

        CheckNode(node, 0);
        return (node, start);
    }

    private static IEnumerable<(ChunkId Id, int Skip)> Walk(byte[] node, int level, ChunkReader chunks, long offset)
    {
        CheckNode(node, level);
        for (var at = 0; at < node.Length; at += RecipeNode.EntrySize(level))
        {
            var id = new ChunkId(node.AsSpan(at));
            var length = offset == 0 ? long.MaxValue
                : level == 0 ? chunks.LengthOf(id)
                : RecipeNode.LengthUnder(node.AsSpan(at));
            if (length <= offset)
            {
                offset -= length;
                continue;
            }

            if (level == 0)
            {
                yield return (id, (int)offset);
            }
            else
            {
                foreach (var chunk in Walk(ReadNode(id, chunks), level - 1, chunks, offset))
                    yield return chunk;
            }

            offset = 0;
        }
    }

    /// <summary>Refuses a recipe that is deeper than any can be.</summary>
    public static void CheckLevel(RecipeRoot root)
    {
        if (root.Level is < 0 or > RecipeNode.MaxLevel)
            throw new RepositoryException(ErrorCode.Corrupt, $"recipe has {root.Level} levels");
    }

    /// <summary>The bytes of a node below the root.</summary>
    public static byte[] ReadNode(ChunkId id, ChunkReader chunks)
    {
        var chunk = chunks.Read(id, ChunkClass.Structure);
        var node = chunk.Span.ToArray();
        chunk.Holder.Release();
        return node;
    }

    /// <summary>Refuses a node that is not whole entries, or says that it has less than nothing under it.</summary>
    public static void CheckNode(byte[] node, int level)
    {
        if (node.Length % RecipeNode.EntrySize(level) != 0)
            throw new RepositoryException(ErrorCode.Corrupt, $"recipe node of level {level} has {node.Length} bytes");
        for (var at = 0; level > 0 && at < node.Length; at += RecipeNode.InnerEntrySize)
        {
            var length = RecipeNode.LengthUnder(node.AsSpan(at));
            if (length < 0)
                throw new RepositoryException(ErrorCode.Corrupt, $"recipe node of level {level} says that {length} bytes are under an entry");
        }
    }
}
