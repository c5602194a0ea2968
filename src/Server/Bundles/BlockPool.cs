using System.Buffers;
using System.Collections.Concurrent;

namespace StreamBack.Server.Bundles;

/// <summary>
/// Buffers for frames, blocks and records, which all threads of a put pass on. The framework's pool keeps one for each thread that gave
/// one back, and rounds a frame with its head up to twice its length; here each is at most <see cref="Step"/> too long.
/// </summary>
/// <remarks>Threading: any.</remarks>
internal sealed class BlockPool
{
    /// <summary>Bytes by which lengths go up: what a block of a stream has.</summary>
    private const int Step = 256 << 10;

    /// <summary>Bytes of the longest that is kept; a frame longer than the usual one is rare.</summary>
    private const int Longest = 2 << 20;

    /// <summary>Bytes kept for whoever comes next: those of a few puts. More is left to the collector.</summary>
    private const long MaxIdle = 64 << 20;

    private readonly ConcurrentStack<byte[]>[] idle = [.. Enumerable.Range(0, (Longest / Step) + 1).Select(_ => new ConcurrentStack<byte[]>())];
    private long idleBytes;

    /// <summary>The one that everything in this process rents from.</summary>
    public static BlockPool Shared { get; } = new();

    /// <summary>A buffer of at least <paramref name="length"/> bytes, with whatever is in it.</summary>
    public byte[] Rent(int length)
    {
        if (length is <= Step / 2 or > Longest)
            return ArrayPool<byte>.Shared.Rent(length);
        var steps = (length + Step - 1) / Step;
        if (!idle[steps].TryPop(out var block))
            return GC.AllocateUninitializedArray<byte>(steps * Step);
        Interlocked.Add(ref idleBytes, -block.Length);
        return block;
    }

    /// <summary>Gives one back.</summary>
    public void Return(byte[] block)
    {
        if (block.Length is < Step or > Longest)
            ArrayPool<byte>.Shared.Return(block);
        else if (Interlocked.Add(ref idleBytes, block.Length) <= MaxIdle)
            idle[block.Length / Step].Push(block);
        else
            Interlocked.Add(ref idleBytes, -block.Length);
    }
}
