using System.IO.Pipes;
using System.Runtime.InteropServices;
using StreamBack.Client.Terminal;

namespace StreamBack.Client.Connections;

/// <summary>A pipe to read from and one to write to, as one stream. Disposes both.</summary>
/// <remarks>
/// By system calls: the framework's pipes wait for another thread to hear of each byte, which is a large part of what a gigabyte costs.
/// Threading: one reader and one writer; dispose ends them within <see cref="LookUpMilliseconds"/>.
/// </remarks>
internal sealed class PipePair : Stream
{
    /// <summary>How long who waits does not look whether this is disposed: nobody notices, and it costs nothing.</summary>
    private const int LookUpMilliseconds = 100;

    private readonly PipeStream input;
    private readonly PipeStream output;
    private readonly SafeHandle reading;
    private readonly SafeHandle writing;
    private volatile bool isClosed;

    /// <param name="input">Read from; neither read nor written by anybody else.</param>
    /// <param name="output">Written to; likewise.</param>
    public PipePair(PipeStream input, PipeStream output)
    {
        (this.input, this.output) = (input, output);
        (reading, writing) = (input.SafePipeHandle, output.SafePipeHandle);
        foreach (var handle in new[] { reading, writing })
        {
            SystemCalls.EnlargePipe(handle);
            SystemCalls.MakeNonBlocking(handle);
        }
    }

    /// <summary>Whether a single byte has come.</summary>
    public bool HasHeard { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads what is there, and waits until something is; without any buffer it only waits.</summary>
    /// <exception cref="IOException">It cannot be read, or is disposed.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            int? count;
            while ((count = buffer.IsEmpty ? null : SystemCalls.TryRead(reading, buffer)) is null)
            {
                Wait(reading, toWrite: false);
                if (buffer.IsEmpty)
                    return 0;
            }

            HasHeard |= count > 0;
            return count.Value;
        }
        catch (ObjectDisposedException error)
        {
            throw Closed(error);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await Task.Run(() => Read(buffer.Span), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes all of it.</summary>
    /// <exception cref="IOException">It cannot be written, or this is disposed.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                if (SystemCalls.TryWrite(writing, buffer) is { } count)
                    buffer = buffer[count..];
                else
                    Wait(writing, toWrite: true);
            }
        }
        catch (ObjectDisposedException error)
        {
            throw Closed(error);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await Task.Run(() => Write(buffer.Span), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            isClosed = true;
            output.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Wait(SafeHandle handle, bool toWrite)
    {
        while (!SystemCalls.WaitReady(handle, toWrite, LookUpMilliseconds))
            ObjectDisposedException.ThrowIf(isClosed, this);
    }

    private static IOException Closed(ObjectDisposedException error) => new("The pipe is closed", error);
}
