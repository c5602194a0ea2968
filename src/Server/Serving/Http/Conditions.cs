using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace StreamBack.Server.Serving.Http;

/// <summary>What a request makes its answer depend on (RFC 9110, 13).</summary>
internal static class Conditions
{
    /// <summary>The status that ends the request; null if it goes on.</summary>
    /// <param name="asked">The request's headers.</param>
    /// <param name="tag">Of what is asked for; strong.</param>
    public static int? Status(RequestHeaders asked, EntityTagHeaderValue tag)
    {
        // One that cannot be read asks for something, too.
        if (asked.Headers.IfMatch.Count > 0 && !asked.IfMatch.Any(wanted => wanted.Equals(EntityTagHeaderValue.Any) || wanted.Compare(tag, useStrongComparison: true)))
            return StatusCodes.Status412PreconditionFailed;
        return asked.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false))
            ? StatusCodes.Status304NotModified
            : null;
    }
}
