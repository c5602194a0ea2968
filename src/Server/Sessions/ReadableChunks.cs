using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Chunks of which somebody may be told that they are there, since they may read them: those of the newest snapshots that
/// they may get.
/// </summary>
/// <remarks>Threading: immutable. Memory: 8 bytes a chunk.</remarks>
internal sealed class ReadableChunks
{
    /// <summary>Chunks at the most: 64 GiB of stream, in 8 MiB. What is beyond them is sent, and still stored once.</summary>
    private const int MaxChunks = 1 << 20;

    // The first 64 bits of each id, sorted. Ids are keyed: nobody without the key makes two that begin alike.
    private readonly ulong[] known;

    private ReadableChunks(ulong[] known) => this.known = known;

    /// <summary>Reads the recipes of snapshots, in their order, until there are enough chunks.</summary>
    /// <param name="snapshots">Those that may be read, the most useful first.</param>
    /// <param name="read">Reads a manifest; null if it is gone or damaged.</param>
    /// <param name="chunks">Reads recipe nodes.</param>
    public static ReadableChunks Of(IEnumerable<SnapshotInfo> snapshots, Func<SnapshotInfo, Manifest?> read, ChunkReader chunks)
    {
        var ids = new HashSet<ulong>();
        foreach (var snapshot in snapshots)
        {
            if (read(snapshot) is { } manifest)
                Add(ids, manifest, chunks);
            if (ids.Count >= MaxChunks)
                break;
        }

        ulong[] known = [.. ids];
        Array.Sort(known);
        return new ReadableChunks(known);
    }

    /// <summary>Whether a chunk is one of them.</summary>
    public bool Contains(ChunkId id) => Array.BinarySearch(known, id.A) >= 0;

    private static void Add(HashSet<ulong> ids, Manifest manifest, ChunkReader chunks)
    {
        try
        {
            foreach (var root in manifest.Structure.Streams.Values)
            {
                foreach (var (id, _) in RecipeReader.Chunks(root, chunks))
                {
                    ids.Add(id.A);
                    if (ids.Count >= MaxChunks)
                        return;
                }
            }
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            // Less is known to be readable, and more is sent.
        }
    }
}
