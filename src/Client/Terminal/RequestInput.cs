namespace StreamBack.Client.Terminal;

/// <summary>Standard input as what a client sends: read at once where something is there, by another thread where it has to be waited for.</summary>
/// <remarks>Threading: one reader. A read that waits cannot be given up: it is left behind.</remarks>
internal sealed class RequestInput : Stream
{
    private const int Descriptor = 0;

    public RequestInput() => SystemCalls.EnlargePipe(Descriptor);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer) => SystemCalls.Read(Descriptor, buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        SystemCalls.WaitReadable(Descriptor, 0) ? new(SystemCalls.Read(Descriptor, buffer.Span)) : new(Task.Run(() => Read(buffer.Span), cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
