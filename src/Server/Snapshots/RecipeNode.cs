using System.Buffers.Binary;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// The root of a stored stream's recipe, as the manifest keeps it. Format: 6.1 and 6.2.
/// </summary>
internal sealed record RecipeRoot
{
    /// <summary>Bytes of the stored stream.</summary>
    public required long Length { get; init; }

    /// <summary>The chunk-id domain of its chunks and nodes.</summary>
    public required uint Domain { get; init; }

    /// <summary>How many levels of nodes are below; 0 if the node is chunk ids.</summary>
    public required int Level { get; init; }

    /// <summary>The root node's bytes.</summary>
    public required byte[] Node { get; init; }
}

/// <summary>What recipe nodes are made of.</summary>
internal static class RecipeNode
{
    /// <summary>Bytes of an entry at level 0: a chunk id.</summary>
    public const int LeafEntrySize = ChunkId.Length;

    /// <summary>Bytes of an entry above: a node's id and the stream bytes under it.</summary>
    public const int InnerEntrySize = ChunkId.Length + sizeof(ulong);

    /// <summary>Deepest tree: with at least 64 entries a node, far beyond any stream of 2^63 bytes.</summary>
    public const int MaxLevel = 12;

    /// <summary>Bytes of an entry at a level.</summary>
    public static int EntrySize(int level) => level == 0 ? LeafEntrySize : InnerEntrySize;

    /// <summary>The stream bytes under an entry of an inner node.</summary>
    public static long LengthUnder(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt64LittleEndian(entry[ChunkId.Length..]);
}

/// <summary>
/// What a snapshot's stored streams are called. A reader of one needs only those it knows; whoever asks what a snapshot needs
/// takes them all.
/// </summary>
internal static class StreamNames
{
    /// <summary>Contents, and all of a stream that is no tar.</summary>
    public const string Payload = "payload";

    /// <summary>Of a tar: headers, padding, end blocks.</summary>
    public const string Header = "header";

    /// <summary>Of a tar: how the two interleave.</summary>
    public const string Layout = "layout";

    /// <summary>Of a tar: its members, sorted.</summary>
    public const string Catalog = "catalog";
}
