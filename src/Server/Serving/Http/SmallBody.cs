using System.Buffers;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>Reads a body that is kept in memory whole, and must come within the patience.</summary>
internal static class SmallBody
{
    /// <summary>Reads it to its end.</summary>
    /// <param name="buffer">What it is put into; one that does not fit is refused.</param>
    /// <returns>Its length, bytes.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>; <see cref="ErrorCode.Incomplete"/> if it does not come in time.</exception>
    /// <exception cref="OperationCanceledException">Whoever asked is gone.</exception>
    public static async Task<int> Read(ApiCall call, Memory<byte> buffer)
    {
        var body = call.Context.Request.BodyReader;
        using var waiting = call.Waiting();
        using var ending = waiting.Token.UnsafeRegister(_ => RequestBodySource.EndRead(body), null);
        try
        {
            for (var length = 0; ;)
            {
                var result = await body.ReadAsync(call.Aborted).ConfigureAwait(false);
                var fits = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length - length));
                fits.CopyTo(buffer.Span[length..]);
                length += (int)fits.Length;
                var isMore = fits.Length < result.Buffer.Length;
                body.AdvanceTo(fits.End);
                if (isMore)
                    throw new RepositoryException(ErrorCode.Usage, $"The body has more than {buffer.Length} bytes");
                if (result.IsCompleted)
                    return length;
                call.Aborted.ThrowIfCancellationRequested();
                if (result.IsCanceled)
                    throw new RepositoryException(ErrorCode.Incomplete, $"The body did not come within {call.Flow.Patience}");
            }
        }
        catch (BadHttpRequestException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"The body cannot be read: {error.Message}", error);
        }
        catch (IOException error)
        {
            throw new OperationCanceledException("Whoever asked is gone", error);
        }
    }
}
