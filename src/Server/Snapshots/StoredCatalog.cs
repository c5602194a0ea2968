using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// A snapshot's catalog as it is stored, read here and there. Each chunk is compared with its id, since no hash vouches for a part, and
/// kept for a while: a walk reads a chunk's nodes one after another, and goes back and forth between few chunks.
/// </summary>
/// <remarks>Threading: one thread at a time. Memory: <see cref="KeptChunks"/> chunks.</remarks>
/// <param name="root">Of the stored stream.</param>
/// <param name="chunks">Reads chunks.</param>
/// <param name="verifier">Names chunks.</param>
internal sealed class StoredCatalog(RecipeRoot root, ChunkReader chunks, ChunkHasher verifier) : ICatalogBytes
{
    /// <summary>Two walks, and the nodes above them: about a megabyte.</summary>
    private const int KeptChunks = 16;

    private readonly List<Kept> kept = [];
    private List<(ChunkId Id, long Start, int Length)> leaf = [];

    /// <inheritdoc/>
    public long Length => root.Length;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> target)
    {
        while (target.Length > 0)
        {
            var chunk = At(offset);
            var bytes = chunk.Bytes.AsSpan((int)(offset - chunk.Start), (int)Math.Min(chunk.End - offset, target.Length));
            bytes.CopyTo(target);
            offset += bytes.Length;
            target = target[bytes.Length..];
        }
    }

    // Those that were used last stand last.
    private Kept At(long offset)
    {
        var at = kept.FindIndex(chunk => chunk.Start <= offset && offset < chunk.End);
        var found = at >= 0 ? kept[at] : null;
        if (found is null)
        {
            at = kept.Count < KeptChunks ? -1 : 0;
            found = at < 0 ? new Kept() : kept[0];
            Load(found, offset);
        }

        if (at >= 0)
            kept.RemoveAt(at);
        kept.Add(found);
        return found;
    }

    private void Load(Kept target, long offset)
    {
        var (id, start, length) = ChunkAt(offset);
        var chunk = chunks.Read(id, ChunkClass.Content);
        try
        {
            if (chunk.Length != length || verifier.Hash(chunk.Span) != id)
                throw new RepositoryException(ErrorCode.Corrupt, $"chunk {id}: its bytes hash to something else");
            target.Take(start, chunk.Span);
        }
        finally
        {
            chunk.Holder.Release();
        }
    }

    private (ChunkId Id, long Start, int Length) ChunkAt(long offset)
    {
        if (leaf.Count == 0 || offset < leaf[0].Start || offset >= leaf[^1].Start + leaf[^1].Length)
            leaf = LeafAt(offset);
        var at = leaf.FindLastIndex(chunk => chunk.Start <= offset);
        return at >= 0 && offset < leaf[at].Start + leaf[at].Length
            ? leaf[at]
            : throw new RepositoryException(ErrorCode.Corrupt, $"a catalog of {root.Length} bytes has none at {offset}");
    }

    private List<(ChunkId Id, long Start, int Length)> LeafAt(long offset)
    {
        var (ids, start) = RecipeReader.LeafAt(root, chunks, offset);
        List<(ChunkId, long, int)> found = [];
        for (var at = 0; at < ids.Length; at += RecipeNode.EntrySize(0))
        {
            var id = new ChunkId(ids.AsSpan(at));
            var length = chunks.LengthOf(id);
            found.Add((id, start, length));
            start += length;
        }

        return found;
    }

    private sealed class Kept
    {
        public long Start { get; private set; }

        public long End { get; private set; }

        public byte[] Bytes { get; private set; } = [];

        public void Take(long start, ReadOnlySpan<byte> bytes)
        {
            if (Bytes.Length < bytes.Length)
                Bytes = new byte[bytes.Length];
            bytes.CopyTo(Bytes);
            (Start, End) = (start, start + bytes.Length);
        }
    }
}
