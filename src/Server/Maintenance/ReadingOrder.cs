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
internal sealed class ReadingOrder(OpenRepository repository, IReadOnlySet<ObjectId> known, Action<string> notice)
{
    /// <summary>Gives them.</summary>
    public IEnumerable<ChunkId> Chunks(ChunkIndex index, FrameCache frames)
    {
        var newest = repository.Snapshots.Read(error => notice(error.Message), _ => { }).GroupBy(snapshot => snapshot.Name).Select(group => group.Last());
        foreach (var snapshot in newest)
        {
            if (!ObjectId.TryParse(snapshot.Id, out var id) || !known.Contains(id) || Roots.TryRead(repository, id) is not { } manifest)
                continue;
            using var chunks = Of(manifest, new ChunkReader(index, frames)).GetEnumerator();
            while (TryNext(chunks))
                yield return chunks.Current;
        }
    }

    private static IEnumerable<ChunkId> Of(Manifest manifest, ChunkReader reader) => manifest.Structure.Streams
        .OrderBy(stream => stream.Key, StringComparer.Ordinal)
        .SelectMany(stream => RecipeReader.Chunks(stream.Value, reader).Select(chunk => chunk.Id));

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
