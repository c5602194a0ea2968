using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http.Page;

/// <summary>How a browser trades a token for a cookie, and a cookie for an address that needs none.</summary>
internal static class SignInRoutes
{
    /// <summary>Where a browser goes that was invited.</summary>
    public const string OpenPath = "/open";

    /// <summary><c>GET /open?key=KEY</c>: signs a browser in, once, and leads it to the page.</summary>
    public static Task Open(Authentication authentication, HttpContext context)
    {
        if (authentication.Pages.Take(context.Request.Query["key"].ToString()) is not { } hash)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return context.Response.WriteAsync("This address was for once, and for ten minutes.\n");
        }

        context.Response.Cookies.Append(PageSessions.CookieOf(context), authentication.Pages.Begin(hash), Options(context));
        context.Response.Redirect("/");
        return Task.CompletedTask;
    }

    /// <summary><c>POST /sign-in</c>, with the token: 204 and a cookie, which counts for GET and HEAD alone.</summary>
    public static Task SignIn(Authentication authentication, Caller caller, HttpContext context)
    {
        var hash = caller.TokenHash ?? throw NoToken();
        context.Response.Cookies.Append(PageSessions.CookieOf(context), authentication.Pages.Begin(hash), Options(context));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary><c>POST /sign-out</c>, with the cookie: it gives up a right, and so needs none.</summary>
    public static Task SignOut(Authentication authentication, HttpContext context)
    {
        OriginCheck.Ensure(context);
        if (context.Request.Cookies[PageSessions.CookieOf(context)] is { } id)
            authentication.Pages.End(id);
        context.Response.Cookies.Delete(PageSessions.CookieOf(context), Options(context));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary><c>GET /ticket?for=ADDRESS</c>: the address with a ticket.</summary>
    public static Task Ticket(Authentication authentication, Caller caller, HttpContext context)
    {
        var hash = caller.TokenHash ?? throw NoToken();
        var address = context.Request.Query["for"].ToString();
        if (!address.StartsWith(Wire.Base + "snapshots/", StringComparison.Ordinal))
            throw new RepositoryException(ErrorCode.Usage, "'for' is the address of a snapshot, or of something in it");
        return context.Response.WriteAsJsonAsync(new TicketAddress(authentication.Tickets.Add(address, hash)), WireJson.Default.TicketAddress);
    }

    private static CookieOptions Options(HttpContext context) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = PageSessions.Lifetime };

    private static RepositoryException NoToken() => new(ErrorCode.Usage, "This is for who has a token");
}
