using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>Refuses requests that HTTP lets through and two readers may understand differently.</summary>
internal static class RequestForm
{
    /// <summary>What is left of <c>Content-Length</c> where <c>Transfer-Encoding</c> was sent as well.</summary>
    private const string SecondLength = "X-Content-Length";

    /// <summary>Refuses dot segments, a second length, and codings beneath <c>chunked</c>.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, <see cref="ErrorCode.Unsupported"/>.</exception>
    public static void Check(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.Split('?')[0].Split('/').Any(IsDots))
            throw new RepositoryException(ErrorCode.Usage, "An address here has no pieces that are '.' or '..'");
        var headers = context.Request.Headers;
        if (headers.TransferEncoding.Count > 0 && headers.ContainsKey(SecondLength))
            throw new RepositoryException(ErrorCode.Usage, "A body has a Content-Length or is chunked, not both");

        // The bytes beneath another coding would be stored as if they were the stream.
        if (headers.TransferEncoding.Count > 0 && !headers.TransferEncoding.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            throw new RepositoryException(ErrorCode.Unsupported, $"A body may be chunked, and no more than that: not '{headers.TransferEncoding}'");
    }

    // Already resolved in the path that routes see: RFC 3986, 5.2.4.
    private static bool IsDots(string piece) => piece.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..";
}
