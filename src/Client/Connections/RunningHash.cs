using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>SHA-256 of a stream on a thread of its own, while the blocks that follow are worked on.</summary>
/// <remarks>Threading: one thread appends. A block must not change until three more were appended: of a ring of <see cref="Ring"/>, the next is free.</remarks>
internal sealed class RunningHash : IDisposable
{
    /// <summary>Blocks that whoever appends needs: two wait, one is hashed, one is filled.</summary>
    public const int Ring = Waiting + 2;

    private const int Waiting = 2;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly BoundedBuffer<ReadOnlyMemory<byte>> queue = new(Waiting);
    private readonly Thread thread;

    /// <summary>Begins a hash.</summary>
    public RunningHash()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "stream hash" };
        thread.Start();
    }

    /// <summary>Empty blocks for a ring.</summary>
    /// <param name="length">Bytes of each.</param>
    public static byte[][] Blocks(int length) => [.. Enumerable.Range(0, Ring).Select(_ => GC.AllocateUninitializedArray<byte>(length))];

    /// <summary>Appends a block.</summary>
    public void Append(ReadOnlyMemory<byte> block) => queue.Add(block);

    /// <summary>Ends the stream.</summary>
    /// <returns>64 hex digits.</returns>
    public string Finish()
    {
        queue.Complete();
        thread.Join();
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        queue.Complete();
        thread.Join();
        hash.Dispose();
    }

    private void Run()
    {
        foreach (var block in queue.TakeAll())
            hash.AppendData(block.Span);
    }
}
