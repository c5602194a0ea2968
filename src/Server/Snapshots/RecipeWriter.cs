using System.Buffers.Binary;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// Builds a recipe while its stream passes: ids fill nodes, full nodes are stored and named in a node above. Memory: one
/// node a level. Nodes end where an id says so, so an edit changes the nodes around it and no others. Format: 6.1.
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class RecipeWriter(StructureChunks store)
{
    /// <summary>Entries of a node: 64 at least, on average 64 + 256, 1024 at most: about 10 KiB.</summary>
    private const int MinEntries = 64;

    private const int MaxEntries = 1024;

    /// <summary>One id in 256 ends a node.</summary>
    private const ulong CutMask = 255;

    /// <summary>Entries that stay in the manifest: 1 KiB of ids.</summary>
    private const int MaxRootEntries = 32;

    private readonly List<Level> levels = [new Level()];

    /// <summary>Appends a chunk.</summary>
    public void Add(ChunkId id, int length)
    {
        var leaf = levels[0];
        Span<byte> entry = stackalloc byte[RecipeNode.LeafEntrySize];
        id.WriteTo(entry);
        leaf.Append(entry, length);
        CutIfFull(0, id);
    }

    /// <summary>Ends the stream.</summary>
    /// <returns>The root, whose nodes below have been handed to the store.</returns>
    public RecipeRoot Finish()
    {
        var level = 0;
        while (level < levels.Count - 1 || levels[level].Entries > MaxRootEntries)
        {
            if (levels[level].Entries > 0)
                Store(level);
            level++;
        }

        var root = levels[level];
        return new RecipeRoot { Length = root.Length, Domain = store.Domain, Level = level, Node = [.. root.Bytes] };
    }

    private void CutIfFull(int level, ChunkId last)
    {
        var entries = levels[level].Entries;
        if (entries >= MaxEntries || (entries >= MinEntries && (last.D & CutMask) == 0))
            Store(level);
    }

    private void Store(int level)
    {
        var node = levels[level];
        var id = store.Put([.. node.Bytes]);
        var length = node.Length;
        levels[level] = new Level();
        if (levels.Count == level + 1)
            levels.Add(new Level());
        Span<byte> entry = stackalloc byte[RecipeNode.InnerEntrySize];
        id.WriteTo(entry);
        BinaryPrimitives.WriteInt64LittleEndian(entry[ChunkId.Length..], length);
        levels[level + 1].Append(entry, length);
        CutIfFull(level + 1, id);
    }

    private sealed class Level
    {
        public List<byte> Bytes { get; } = [];

        public int Entries { get; private set; }

        public long Length { get; private set; }

        public void Append(ReadOnlySpan<byte> entry, long length)
        {
            Bytes.AddRange(entry);
            Entries++;
            Length += length;
        }
    }
}
