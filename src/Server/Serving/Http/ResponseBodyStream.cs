using System.IO.Pipelines;

namespace StreamBack.Server.Serving.Http;

/// <summary>A response's body as the target of a get: written at the pace of who reads it.</summary>
/// <param name="body">The body.</param>
/// <param name="flow">Counts and slows it.</param>
/// <param name="ended">Fires when whoever asked is gone, or has read for too long.</param>
/// <remarks>Threading: one thread, which it blocks.</remarks>
internal sealed class ResponseBodyStream(PipeWriter body, BodyFlow flow, CancellationToken ended) : Stream
{
    /// <summary>Bytes handed over at once: what a large pipe takes in a few rounds.</summary>
    private const int BlockLength = 256 << 10;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">Whoever asked is gone, or reads nothing for too long.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var block = buffer[..flow.Block(Math.Min(buffer.Length, BlockLength))];
            block.CopyTo(body.GetSpan(block.Length));
            body.Advance(block.Length);
            Flush();
            flow.Sent(block.Length, ended);
            buffer = buffer[block.Length..];
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ended);
        var flushing = body.FlushAsync(waiting.Token);
        if (!flushing.IsCompleted)
            waiting.CancelAfter(flow.Patience);
        var result = flushing.IsCompleted ? flushing.Result : flushing.AsTask().GetAwaiter().GetResult();
        if (result.IsCompleted || result.IsCanceled)
            throw new OperationCanceledException("Whoever asked is gone");
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
