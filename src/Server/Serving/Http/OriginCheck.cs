using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>Refuses what a browser sends for a page of another server, but to read: whoever wrote that page is nobody who may.</summary>
internal static class OriginCheck
{
    private const string ReadOnly = "GET HEAD OPTIONS PROPFIND";

    /// <summary>Looks at the <c>Origin</c>, which browsers alone send.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>.</exception>
    public static void Ensure(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || ReadOnly.Split(' ').Contains(context.Request.Method))
            return;
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var from)
            || !Uri.TryCreate($"{from.Scheme}://{context.Request.Host.Value}", UriKind.Absolute, out var here)
            || (context.Request.IsHttps && from.Scheme != Uri.UriSchemeHttps)
            || !from.Authority.Equals(here.Authority, StringComparison.OrdinalIgnoreCase))
            throw new RepositoryException(ErrorCode.Denied, "Another server's page may not ask for this");
    }
}
