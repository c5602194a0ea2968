using System.IO.Hashing;

namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// Takes some paths of catalogs, and remembers in which nodes there was none: from one snapshot to the next most nodes are the same, and
/// to read entries takes more time than to read bytes.
/// </summary>
/// <param name="pattern">Of the paths that it takes.</param>
/// <remarks>Threading: one thread. Memory: some 40 bytes a node, bounded by <see cref="MaxNodes"/>.</remarks>
public sealed class PathFilter(MemberPattern pattern)
{
    /// <summary>Nodes that are remembered: 64 million members, and 40 MiB.</summary>
    private const int MaxNodes = 1 << 20;

    private readonly HashSet<UInt128> barren = [];
    private byte[] path = [];

    /// <summary>Whether it takes a path.</summary>
    public bool Takes(ReadOnlySpan<byte> path) => pattern.Matches(path);

    /// <summary>Whether it takes the path of a key.</summary>
    internal bool TakesKey(ReadOnlySpan<byte> key)
    {
        if (path.Length < key.Length)
            path = new byte[2 * key.Length];
        return Takes(path.AsSpan(0, MemberPath.OfKey(key, path)));
    }

    /// <summary>What a leaf is known by: 128 bits of its bytes.</summary>
    internal static UInt128 NodeOf(ReadOnlySpan<byte> bytes) => XxHash128.HashToUInt128(bytes);

    /// <summary>Whether it takes nothing of a leaf, as far as it knows.</summary>
    internal bool IsBarren(UInt128 node) => barren.Contains(node);

    /// <summary>A leaf has been read, and nothing of it was taken.</summary>
    internal void NoteBarren(UInt128 node)
    {
        if (barren.Count < MaxNodes)
            barren.Add(node);
    }
}
