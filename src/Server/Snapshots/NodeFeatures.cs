using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// Super-features of a recipe node: its ids are random numbers already, so the smallest of each of their four words is a
/// min-hash (Broder 1997). Two nodes that share nine ids in ten share one of the four with near certainty.
/// </summary>
internal static class NodeFeatures
{
    /// <summary>The features of a node of either form; those of inner nodes match more seldom, and are few.</summary>
    public static SuperFeatures Of(ReadOnlySpan<byte> node)
    {
        var (a, b, c, d) = (ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
        for (var at = 0; at + ChunkId.Length <= node.Length; at += ChunkId.Length)
        {
            var id = new ChunkId(node[at..]);
            (a, b, c, d) = (Math.Min(a, id.A), Math.Min(b, id.B), Math.Min(c, id.C), Math.Min(d, id.D));
        }

        return new SuperFeatures(Mix(a), Mix(b), Mix(c), Mix(d));
    }

    // Minima begin with zeros; their low bits are as random as any. Zero would mean that there is none.
    private static uint Mix(ulong minimum) => Math.Max(1, (uint)minimum);
}
