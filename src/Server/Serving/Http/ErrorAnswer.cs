using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>An expected failure as an answer (docs/design/wire-protocol.md, 6).</summary>
internal static class ErrorAnswer
{
    /// <summary>Answers with a failure, if nothing has been answered yet; otherwise the answer stays short of its length.</summary>
    /// <param name="known">Whether it is known who asks.</param>
    public static async Task Send(HttpContext context, RepositoryException error, bool known)
    {
        if (context.Response.HasStarted)
            return;
        context.Response.Clear();
        context.Response.StatusCode = error.Code == ErrorCode.Denied && !known ? StatusCodes.Status401Unauthorized : error.Code.HttpStatus();
        if (context.Response.StatusCode == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        await context.Response.WriteAsJsonAsync(Failure.Of(error), WireJson.Default.Failure).ConfigureAwait(false);
    }
}
