using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>A request's body as the source of a put. A body that breaks off, or stalls for too long, is no stream.</summary>
/// <param name="body">The body.</param>
/// <param name="flow">Counts and slows it.</param>
/// <param name="lost">Told that the connection is gone: nothing more is to be read of it, nor sent.</param>
/// <param name="ended">Fires when whoever sends is gone, or has sent for too long.</param>
/// <remarks>Threading: one thread, which it blocks.</remarks>
internal sealed class RequestBodySource(PipeReader body, BodyFlow flow, Action lost, CancellationToken ended) : IStreamSource
{
    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        var result = Next();
        var count = flow.Block((int)Math.Min(buffer.Length, result.Buffer.Length));
        var taken = result.Buffer.Slice(0, count);
        taken.CopyTo(buffer);
        body.AdvanceTo(taken.End);
        flow.Received(count, ended);
        return count;
    }

    /// <inheritdoc/>
    public void EnsureComplete()
    {
        // HTTP says so itself: a body that is cut short ends in an error of Read.
    }

    private ReadResult Next()
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ended);

        // A read that is ended by a token leaves the body in a state in which its rest cannot be passed over.
        using var ending = waiting.Token.UnsafeRegister(_ => body.CancelPendingRead(), null);
        try
        {
            while (true)
            {
                var reading = body.ReadAsync(CancellationToken.None);
                if (!reading.IsCompleted)
                    waiting.CancelAfter(flow.Patience);
                var result = reading.IsCompleted ? reading.Result : reading.AsTask().GetAwaiter().GetResult();
                if (result.Buffer.Length > 0 || result.IsCompleted)
                    return result;
                body.AdvanceTo(result.Buffer.Start);
                waiting.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            throw Incomplete($"no byte came for {flow.Patience}", null);
        }
        catch (BadHttpRequestException error)
        {
            // Its end is missing, its chunks are none: HTTP says which.
            throw Incomplete(error.Message.TrimEnd('.'), error);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            if (error is IOException)
                lost();
            throw Incomplete("the connection was lost before its end", error);
        }
    }

    private static RepositoryException Incomplete(string why, Exception? error) =>
        new(ErrorCode.Incomplete, $"The body is not whole: {why}; nothing was kept", error);
}
