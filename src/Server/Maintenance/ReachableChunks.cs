using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Maintenance;

/// <summary>What snapshots are made of: the chunks that their recipes name, and the recipes' own.</summary>
/// <param name="chunks">Reads nodes.</param>
/// <param name="ids">The chunks are added to these.</param>
/// <remarks>Threading: one thread. Memory: 11 to 22 bytes a chunk, and an id for each recipe node. A node is walked once.</remarks>
internal sealed class ReachableChunks(ChunkReader chunks, ChunkIdSet ids)
{
    private readonly HashSet<(ChunkId Node, int Level)> walked = [];

    /// <summary>Told of each chunk when it is first reached; null for nobody.</summary>
    public Action<ChunkId>? Reached { get; init; }

    /// <summary>Adds a snapshot's.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if a node cannot be read: nobody knows then what it names.</exception>
    public void Add(Manifest manifest, CancellationToken cancellation)
    {
        foreach (var root in manifest.Structure.Streams.Values)
        {
            RecipeReader.CheckLevel(root);
            Walk(root.Node, root.Level, cancellation);
        }
    }

    private void Walk(byte[] node, int level, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        RecipeReader.CheckNode(node, level);
        for (var at = 0; at < node.Length; at += RecipeNode.EntrySize(level))
        {
            var id = new ChunkId(node.AsSpan(at));
            if (ids.Add(id))
                Reached?.Invoke(id);
            if (level > 0 && walked.Add((id, level)))
                Walk(RecipeReader.ReadNode(id, chunks), level - 1, cancellation);
        }
    }
}
