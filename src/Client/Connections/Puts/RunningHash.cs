using System.Security.Cryptography;

namespace StreamBack.Client.Connections.Puts;

/// <summary>SHA-256 of a stream on another core, while the block before is worked on.</summary>
/// <remarks>Threading: one thread appends. A block must not change until the next one is appended.</remarks>
internal sealed class RunningHash : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Task last = Task.CompletedTask;

    /// <summary>Appends a block, when the one before is done.</summary>
    public void Append(ReadOnlyMemory<byte> block)
    {
        last.Wait();
        last = Task.Run(() => hash.AppendData(block.Span));
    }

    /// <summary>Ends the stream.</summary>
    /// <returns>64 hex digits.</returns>
    public string Finish()
    {
        last.Wait();
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        last.Wait();
        hash.Dispose();
    }
}
