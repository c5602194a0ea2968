using System.Net;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>A put's source as the body of a request: of unknown length, and broken off if the source was not whole.</summary>
internal sealed class StreamSourceContent(IStreamSource source, TransferProgress progress, CancellationToken cancellation) : HttpContent
{
    /// <summary>Bytes read at once: what a large pipe holds in a few rounds.</summary>
    private const int BlockLength = 256 << 10;

    /// <inheritdoc/>
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var block = new byte[BlockLength];
        for (int read; (read = source.Read(block)) > 0; progress.Bytes += read)
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Write(block, 0, read);
        }

        // Before the body's end is sent: without it the server keeps nothing.
        source.EnsureComplete();
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        SerializeToStream(stream, context, cancellation);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
