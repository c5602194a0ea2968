using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>An expected failure as an answer (docs/design/wire-protocol.md, 6).</summary>
/// <param name="Code">The code's name.</param>
/// <param name="Message">One line.</param>
internal sealed record ErrorAnswer(string Code, string Message)
{
    /// <summary>The answer for a failure.</summary>
    public static ErrorAnswer Of(RepositoryException error) => new(error.Code.Name(), error.Message);

    /// <summary>Answers with a failure, if nothing has been answered yet; otherwise the answer stays short of its length.</summary>
    public static async Task Send(HttpContext context, RepositoryException error, bool known)
    {
        if (context.Response.HasStarted)
            return;
        context.Response.Clear();
        context.Response.StatusCode = error.Code == ErrorCode.Denied && !known ? StatusCodes.Status401Unauthorized : error.Code.HttpStatus();
        if (context.Response.StatusCode == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        await context.Response.WriteAsJsonAsync(Of(error), HttpJson.Default.ErrorAnswer).ConfigureAwait(false);
    }
}
