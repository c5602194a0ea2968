using System.Globalization;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Limits;

namespace StreamBack.Server.Serving.Http;

/// <summary>An expected failure as an answer (docs/design/wire-protocol.md, 6).</summary>
internal static class ErrorAnswer
{
    /// <summary>What is wrong, and where, is for who reads the log: whoever asks is nobody yet.</summary>
    private const string Unknown = "The server cannot tell who asks; its log says why";

    /// <summary>Answers with a failure, if nothing has been answered yet; otherwise the answer stays short of its length.</summary>
    /// <param name="known">Whether it is known who asks.</param>
    public static async Task Send(HttpContext context, RepositoryException error, bool known)
    {
        if (context.Response.HasStarted)
        {
            // One of unknown length would end as if it were whole; lists tell among their lines what went wrong.
            if (context.Response.ContentLength is null && context.Response.ContentType != Wire.LinesType)
                context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.Headers.CacheControl = RequestPipeline.NotKept;
        context.Response.StatusCode = error switch
        {
            { Code: ErrorCode.Denied } when !known => StatusCodes.Status401Unauthorized,
            ServerBusyException => StatusCodes.Status503ServiceUnavailable,
            _ => error.Code.HttpStatus(),
        };
        if (context.Response.StatusCode == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = Authentication.ChallengeOf(context);
        if (error is ServerBusyException)
            context.Response.Headers.RetryAfter = ServerBusyException.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        await context.Response.WriteAsJsonAsync(known || error.Code == ErrorCode.Denied ? Failure.Of(error) : new Failure(error.Code.Name(), Unknown), WireJson.Default.Failure).ConfigureAwait(false);
    }
}
