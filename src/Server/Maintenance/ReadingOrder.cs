using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Maintenance;

/// <summary>The chunks of the newest snapshot of each name, as it is read: what is got most often stays together.</summary>
/// <param name="repository">Whose.</param>
/// <param name="known">Snapshots that the index knows.</param>
/// <param name="notice">Told of a snapshot that cannot be walked: its chunks come in another order.</param>
/// <remarks>Threading: one thread. Memory: an id for each recipe node.</remarks>
internal sealed class ReadingOrder(OpenRepository repository, IReadOnlySet<ObjectId> known, Action<string> notice)
{
    /// <summary>Gives them. What stands in a recipe node that several share comes once.</summary>
    public IEnumerable<ChunkId> Chunks(ChunkIndex index, FrameCache frames)
    {
        var walked = new HashSet<(ChunkId Node, int Level)>();
        var reader = new ChunkReader(index, frames);
        var newest = repository.Snapshots.Read(error => notice(error.Message), _ => { }).GroupBy(snapshot => snapshot.Name).Select(group => group.Last());
        foreach (var snapshot in newest)
        {
            if (!ObjectId.TryParse(snapshot.Id, out var id) || !known.Contains(id) || Roots.TryRead(repository, id) is not { } manifest)
                continue;
            using var chunks = Of(manifest, reader, walked).GetEnumerator();
            while (TryNext(chunks))
                yield return chunks.Current;
        }
    }

    private static IEnumerable<ChunkId> Of(Manifest manifest, ChunkReader reader, HashSet<(ChunkId Node, int Level)> walked) => manifest.Structure.Streams
        .OrderBy(stream => stream.Key, StringComparer.Ordinal)
        .SelectMany(stream =>
        {
            RecipeReader.CheckLevel(stream.Value);
            return Walk(stream.Value.Node, stream.Value.Level, reader, walked);
        });

    private static IEnumerable<ChunkId> Walk(byte[] node, int level, ChunkReader reader, HashSet<(ChunkId Node, int Level)> walked)
    {
        RecipeReader.CheckNode(node, level);
        for (var at = 0; at < node.Length; at += RecipeNode.EntrySize(level))
        {
            var id = new ChunkId(node.AsSpan(at));
            if (level == 0)
            {
                yield return id;
                continue;
            }

            if (!walked.Add((id, level)))
                continue;
            foreach (var chunk in Walk(RecipeReader.ReadNode(id, reader), level - 1, reader, walked))
                yield return chunk;
        }
    }

    private bool TryNext(IEnumerator<ChunkId> chunks)
    {
        try
        {
            return chunks.MoveNext();
        }
        catch (Exception error) when (Culprit.IsDamage(error))
        {
            notice(error.Message);
            return false;
        }
    }
}
