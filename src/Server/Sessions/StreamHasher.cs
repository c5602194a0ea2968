using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Sessions;

/// <summary>SHA-256 of a whole stream, on a thread of its own while the stream goes on.</summary>
/// <remarks>Threading: one thread appends.</remarks>
internal sealed class StreamHasher : IDisposable
{
    /// <summary>Blocks that may wait: a mebibyte, so that neither side waits for the other's hiccups.</summary>
    private const int BlocksInFlight = 4;

    private readonly BoundedBuffer<Piece> queue = new(BlocksInFlight);
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Thread thread;

    /// <summary>Begins a hash.</summary>
    public StreamHasher()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "stream hash" };
        thread.Start();
    }

    /// <summary>Appends the first bytes of a block; holds it until they are hashed.</summary>
    public void Append(SharedBytes block, int length) => queue.Add(new Piece(block.Hold(), length));

    /// <summary>Ends the stream.</summary>
    /// <returns>32 bytes.</returns>
    public byte[] Finish()
    {
        queue.Complete();
        thread.Join();
        return hash.GetCurrentHash();
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
        foreach (var (block, length) in queue.TakeAll())
        {
            hash.AppendData(block.Span[..length]);
            block.Release();
        }
    }

    private readonly record struct Piece(SharedBytes Block, int Length);
}
