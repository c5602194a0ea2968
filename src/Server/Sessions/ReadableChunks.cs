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
        ulong[] known = [];
        foreach (var snapshot in snapshots)
        {
            if (read(snapshot) is { } manifest)
                known = Union(known, Of(manifest, chunks, MaxChunks));
            if (known.Length >= MaxChunks)
                break;
        }

        return new ReadableChunks(known);
    }

    /// <summary>Whether a chunk is one of them.</summary>
    public bool Contains(ChunkId id) => Array.BinarySearch(known, id.A) >= 0;

    // Sorted, and not yet each once.
    private static ulong[] Of(Manifest manifest, ChunkReader chunks, int most)
    {
        var ids = new List<ulong>();
        try
        {
            ids.AddRange(manifest.Structure.Streams.Values.SelectMany(root => RecipeReader.Chunks(root, chunks)).Take(most).Select(chunk => chunk.Id.A));
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            // Less is known to be readable, and more is sent.
        }

        ids.Sort();
        return [.. ids];
    }

    private static ulong[] Union(ulong[] left, ulong[] right)
    {
        var union = new List<ulong>(Math.Max(left.Length, right.Length));
        for (int at = 0, other = 0; (at < left.Length || other < right.Length) && union.Count < MaxChunks;)
        {
            var next = other == right.Length || (at < left.Length && left[at] <= right[other]) ? left[at++] : right[other++];
            if (union.Count == 0 || union[^1] != next)
                union.Add(next);
        }

        return [.. union];
    }
}
