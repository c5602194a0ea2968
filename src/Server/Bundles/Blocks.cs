using System.Buffers;
using System.Collections.Concurrent;

namespace StreamBack.Server.Bundles;

/// <summary>
/// Buffers for frames, blocks and records, which all threads of a put pass on. The framework's pool keeps one for each thread that gave
/// one back, and rounds a frame with its head up to twice its length; here each is at most <see cref="Step"/> too long.
/// </summary>
/// <remarks>Threading: any.</remarks>
internal static class Blocks
{
    /// <summary>Bytes by which lengths go up: what a block of a stream has.</summary>
    private const int Step = 256 << 10;

    /// <summary>Bytes of the longest that is kept; a frame longer than the usual one is rare.</summary>
    private const int Longest = 2 << 20;

    /// <summary>Bytes kept for whoever comes next: those of a few puts. More is left to the collector.</summary>
    private const long MaxIdle = 64 << 20;

    private static readonly ConcurrentStack<byte[]>[] Idle = [.. Enumerable.Range(0, (Longest / Step) + 1).Select(_ => new ConcurrentStack<byte[]>())];
    private static long idleBytes;

    /// <summary>A buffer of at least <paramref name="length"/> bytes, with whatever is in it.</summary>
    public static byte[] Rent(int length)
    {
        if (length is <= Step / 2 or > Longest)
            return ArrayPool<byte>.Shared.Rent(length);
        var steps = (length + Step - 1) / Step;
        if (!Idle[steps].TryPop(out var block))
            return GC.AllocateUninitializedArray<byte>(steps * Step);
        Interlocked.Add(ref idleBytes, -block.Length);
        return block;
    }

    /// <summary>Gives one back.</summary>
    public static void Return(byte[] block)
    {
        if (block.Length is < Step or > Longest)
            ArrayPool<byte>.Shared.Return(block);
        else if (Interlocked.Add(ref idleBytes, block.Length) <= MaxIdle)
            Idle[block.Length / Step].Push(block);
        else
            Interlocked.Add(ref idleBytes, -block.Length);
    }
}
