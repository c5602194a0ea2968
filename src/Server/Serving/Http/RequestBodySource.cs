using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>A request's body as the source of a put. A body that breaks off, or stalls for too long, is no stream.</summary>
/// <param name="context">The request.</param>
/// <param name="flow">Counts and slows it.</param>
/// <param name="ended">Fires when whoever sends is gone, or has sent for too long.</param>
/// <remarks>Threading: one thread, which it blocks.</remarks>
internal sealed class RequestBodySource(HttpContext context, BodyFlow flow, CancellationToken ended) : IStreamSource
{
    private readonly PipeReader body = context.Request.BodyReader;

    /// <summary>
    /// Ends the read of a body that is underway, or the next one. One that is ended by a token leaves the body in a state in which its
    /// rest cannot be passed over, which does no harm only where the connection is lost.
    /// </summary>
    public static void EndRead(PipeReader body)
    {
        try
        {
            body.CancelPendingRead();
        }
        catch (ConnectionAbortedException)
        {
            // It has ended.
        }
    }

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
        using var ending = waiting.Token.UnsafeRegister(_ => EndRead(body), null);
        try
        {
            while (true)
            {
                var reading = body.ReadAsync(context.RequestAborted);
                if (!reading.IsCompleted)
                    waiting.CancelAfter(flow.Patience);
                var result = reading.IsCompleted ? reading.Result : reading.AsTask().GetAwaiter().GetResult();
                if (result.Buffer.Length > 0 || result.IsCompleted)
                    return result;
                body.AdvanceTo(result.Buffer.Start);
                waiting.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
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
            // The server may not know it yet, and would look for the rest of the body.
            if (error is ConnectionResetException)
                context.Abort();
            throw Incomplete("the connection was lost before its end", error);
        }
    }

    private static RepositoryException Incomplete(string why, Exception? error) =>
        new(ErrorCode.Incomplete, $"The body is not whole: {why}; nothing was kept", error);
}
