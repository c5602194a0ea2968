using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>
/// Refuses methods that are written as none of HTTP's is: they are told apart by case (RFC 9110, 9.1), but not by all that a request
/// goes through here. Routes answer for the others.
/// </summary>
internal static class MethodCheck
{
    /// <summary>Lets a request on, or answers 501.</summary>
    public static Task Run(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Method.Any(char.IsAsciiLetterLower))
            return next(context);
        context.Features.GetRequiredFeature<RequestTally>().Error = ErrorCode.Unsupported;
        context.Response.StatusCode = ErrorCode.Unsupported.HttpStatus();
        var failure = new Failure(ErrorCode.Unsupported.Name(), "Methods have upper-case letters only");
        return context.Response.WriteAsJsonAsync(failure, WireJson.Default.Failure);
    }
}
