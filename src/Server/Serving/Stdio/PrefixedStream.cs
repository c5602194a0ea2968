namespace StreamBack.Server.Serving.Stdio;

/// <summary>A stream whose first bytes have been read already, and whose reads can be given up, as those of a pipe cannot.</summary>
/// <remarks>Threading: one reader. What a read that was given up still gets, the next one gives.</remarks>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : Stream
{
    /// <summary>Read at once: what a large pipe holds in a few rounds.</summary>
    private const int BlockLength = 128 << 10;

    private readonly byte[] block = new byte[BlockLength];
    private ReadOnlyMemory<byte> left = prefix;
    private Task<int>? reading;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (left.IsEmpty && buffer.Length > 0)
        {
            reading ??= rest.ReadAsync(block, CancellationToken.None).AsTask();
            var length = await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
            reading = null;
            left = block.AsMemory(0, length);
        }

        return Take(buffer.Span);
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, left.Length);
        left.Span[..count].CopyTo(buffer);
        left = left[count..];
        return count;
    }
}
