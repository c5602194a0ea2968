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
    /// <param name="modified">When it changed last, as it is told; null if that is not known.</param>
    public static int? Status(RequestHeaders asked, EntityTagHeaderValue tag, DateTimeOffset? modified = null)
    {
        if (!IsWanted(asked, tag, modified))
            return StatusCodes.Status412PreconditionFailed;
        return IsKnown(asked, tag, modified) ? StatusCodes.Status304NotModified : null;
    }

    // A tag that cannot be read asks for something, too.
    private static bool IsWanted(RequestHeaders asked, EntityTagHeaderValue tag, DateTimeOffset? modified) => asked.Headers.IfMatch.Count > 0
        ? asked.IfMatch.Any(wanted => wanted.Equals(EntityTagHeaderValue.Any) || wanted.Compare(tag, useStrongComparison: true))
        : !(asked.IfUnmodifiedSince is { } since && Seconds(modified) > since);

    // Of dates the very same counts alone: in a newer snapshot may be an older file.
    private static bool IsKnown(RequestHeaders asked, EntityTagHeaderValue tag, DateTimeOffset? modified) => asked.Headers.IfNoneMatch.Count > 0
        ? asked.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false))
        : asked.IfModifiedSince is { } since && Seconds(modified) == since;

    // As a header has it.
    private static DateTimeOffset? Seconds(DateTimeOffset? time) => time is { } at ? at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond)) : null;
}
