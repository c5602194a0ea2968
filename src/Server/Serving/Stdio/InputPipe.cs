using System.Buffers;
using System.IO.Pipelines;

namespace StreamBack.Server.Serving.Stdio;

/// <summary>
/// What a client sends over a pipe, some of which has been read already: read straight into the one buffer that is given out, as much
/// at once as a large pipe holds. Reads can be given up, as those of a pipe cannot; what one still gets, the next one gives.
/// </summary>
/// <remarks>Threading: one reader; <see cref="CancelPendingRead"/> and <see cref="End"/> from any thread.</remarks>
internal sealed class InputPipe : PipeReader
{
    /// <summary>Bytes of the buffer: all that a large pipe holds. In eighths of it, reading and writing took half as much time again.</summary>
    private const int BlockLength = 1 << 20;

    private readonly Stream input;
    private byte[] buffer = new byte[BlockLength];
    private int start;
    private int examined;
    private int end;
    private volatile bool hasEnded;
    private Task<int>? reading;
    private TaskCompletionSource? waiting;
    private int isCancelled;

    /// <param name="beginning">What has been read, at most half a <see cref="BlockLength"/>.</param>
    /// <param name="input">Gives the rest; not closed.</param>
    public InputPipe(ReadOnlySpan<byte> beginning, Stream input)
    {
        this.input = input;
        beginning.CopyTo(buffer);
        end = beginning.Length;
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        var isThere = end > examined || hasEnded || isCancelled != 0;
        result = isThere ? Result() : default;
        return isThere;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The pipe cannot be read.</exception>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (TryRead(out var result))
            return result;
        reading ??= Begin();
        if (!reading.IsCompleted)
            await UntilReadOrCancelled(reading, cancellationToken).ConfigureAwait(false);
        if (reading.IsCompleted)
        {
            var count = await reading.ConfigureAwait(false);
            reading = null;
            end += count;
            hasEnded |= count == 0;
        }

        return Result();
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => (start, this.examined) = (consumed.GetInteger(), examined.GetInteger());

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        Interlocked.Exchange(ref isCancelled, 1);
        Volatile.Read(ref waiting)?.TrySetResult();
    }

    /// <summary>Ends it for whoever reads, as a lost connection would.</summary>
    public void End()
    {
        hasEnded = true;
        Interlocked.MemoryBarrier();
        Volatile.Read(ref waiting)?.TrySetResult();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
    }

    private async Task UntilReadOrCancelled(Task<int> read, CancellationToken cancellation)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registered = cancellation.UnsafeRegister(_ => stop.TrySetResult(), null);
        Interlocked.Exchange(ref waiting, stop); // before it is looked whether somebody has cancelled, or ended it
        if (Volatile.Read(ref isCancelled) == 0 && !hasEnded)
            await Task.WhenAny(read, stop.Task).ConfigureAwait(false);
        waiting = null;
        if (!read.IsCompleted)
            cancellation.ThrowIfCancellationRequested();
    }

    // Where what is left stands in the way it moves to the front; nothing is being read into the buffer then.
    private Task<int> Begin()
    {
        if (start == end || buffer.Length - end < buffer.Length / 2)
        {
            var left = buffer.AsSpan(start..end);
            if (left.Length > buffer.Length / 2)
                buffer = new byte[2 * buffer.Length];
            left.CopyTo(buffer);
            (start, examined, end) = (0, examined - start, left.Length);
        }

        return input.ReadAsync(buffer.AsMemory(end), CancellationToken.None).AsTask();
    }

    private ReadResult Result() => new(new ReadOnlySequence<byte>(buffer, start, end - start), Interlocked.Exchange(ref isCancelled, 0) != 0, hasEnded);
}
