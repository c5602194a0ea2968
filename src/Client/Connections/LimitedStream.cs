namespace StreamBack.Client.Connections;

/// <summary>A stream through which bytes go at a rate, each direction by itself.</summary>
/// <param name="inner">What it is about; owned.</param>
/// <param name="rate">Bytes a second.</param>
/// <remarks>Threading: one thread reads, one writes.</remarks>
internal sealed class LimitedStream(Stream inner, long rate) : Stream
{
    private readonly TokenBucket reading = new(rate, TimeProvider.System);
    private readonly TokenBucket writing = new(rate, TimeProvider.System);

    /// <inheritdoc/>
    public override bool CanRead => inner.CanRead;

    /// <inheritdoc/>
    public override bool CanSeek => inner.CanSeek;

    /// <inheritdoc/>
    public override bool CanWrite => inner.CanWrite;

    /// <inheritdoc/>
    public override long Length => inner.Length;

    /// <inheritdoc/>
    public override long Position { get => inner.Position; set => inner.Position = value; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer[..Math.Min(buffer.Length, reading.Piece)]);
        Thread.Sleep(reading.Take(read));
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, reading.Piece)], cancellationToken).ConfigureAwait(false);
        await Task.Delay(reading.Take(read), cancellationToken).ConfigureAwait(false);
        return read;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        for (; buffer.Length > 0; buffer = buffer[Math.Min(buffer.Length, writing.Piece)..])
        {
            var piece = buffer[..Math.Min(buffer.Length, writing.Piece)];
            Thread.Sleep(writing.Take(piece.Length));
            inner.Write(piece);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (; buffer.Length > 0; buffer = buffer[Math.Min(buffer.Length, writing.Piece)..])
        {
            var piece = buffer[..Math.Min(buffer.Length, writing.Piece)];
            await Task.Delay(writing.Take(piece.Length), cancellationToken).ConfigureAwait(false);
            await inner.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    /// <inheritdoc/>
    public override void SetLength(long value) => inner.SetLength(value);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
