using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Http.Dav;
using StreamBack.Server.Serving.Http.Page;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Serving.Tokens;

namespace StreamBack.Server.Serving.Http;

/// <summary>Who asks, and what they may do.</summary>
/// <param name="Name">For logs: a token's name, or how they came.</param>
/// <param name="Access">What they may do.</param>
/// <param name="Quota">What their names may have; null for no limit of their own.</param>
/// <param name="TokenHash">Of their token; null where they have none.</param>
internal sealed record Caller(string Name, Access Access, QuotaRule? Quota = null, string? TokenHash = null);

/// <summary>Finds out who asks: by a token, or by how they came.</summary>
/// <param name="tokens">The server's tokens; null where none count.</param>
/// <param name="owner">Who comes without a token, and not over TCP.</param>
internal sealed class Authentication(TokenStore? tokens, Caller owner)
{
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    /// <summary>What those are asked for who may use either.</summary>
    private const string Challenge = "Basic realm=\"StreamBack\", charset=\"UTF-8\"";

    /// <summary>Who asks; null if nobody who is known.</summary>
    public Caller? Find(HttpContext context)
    {
        if (tokens is null)
            return owner;
        var header = context.Request.Headers.Authorization.ToString();
        if (Token(context, header) is { } text)
            return Of(AccessToken.Hash(text));
        if (header.Length > 0)
            return null;
        if (ShownByBrowser(context) is { } hash)
            return Of(hash);
        return IsTcp(context) ? null : owner;
    }

    /// <summary>Browsers that are signed in.</summary>
    public PageSessions Pages { get; } = new(() => DateTime.UtcNow);

    /// <summary>Makes a path that signs a browser in with a token, once.</summary>
    public string Invite(string token) => $"{SignInRoutes.OpenPath}?key={Pages.Invite(AccessToken.Hash(token))}";

    /// <summary>Addresses that need nothing but themselves.</summary>
    public Tickets Tickets { get; } = new(() => DateTime.UtcNow);

    /// <summary>How somebody who is not known may say who they are: the header of a 401.</summary>
    public static string ChallengeOf(HttpContext context) => TakesPasswords(context) ? Challenge : Bearer.TrimEnd();

    private Caller? Of(string tokenHash) =>
        tokens!.FindHash(tokenHash) is { } token ? new Caller(token.Name, token.Access, token.Quota, tokenHash) : null;

    // A ticket in the address, or a cookie; neither changes anything.
    private string? ShownByBrowser(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return null;
        return Tickets.Find(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget)
            ?? (context.Request.Cookies[PageSessions.CookieOf(context)] is { } cookie ? Pages.Find(cookie) : null);
    }

    private static string? Token(HttpContext context, string header)
    {
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return header[Bearer.Length..].Trim();
        return TakesPasswords(context) && header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) ? Password(header[Basic.Length..].Trim()) : null;
    }

    // Programs that mount know nothing else. Elsewhere a browser that was given one would send it along with whatever a page asks for.
    private static bool TakesPasswords(HttpContext context) => context.Request.Path.StartsWithSegments(DavRoutes.Root, StringComparison.Ordinal);

    // The user's name says nothing.
    private static string Password(string credentials)
    {
        var bytes = new byte[credentials.Length];
        return Convert.TryFromBase64String(credentials, bytes, out var length) && bytes.AsSpan(0, length).IndexOf((byte)':') is >= 0 and var colon
            ? Encoding.UTF8.GetString(bytes.AsSpan(colon + 1, length - colon - 1))
            : "";
    }

    // Whatever is no socket of the local machine's file system is taken for TCP.
    private static bool IsTcp(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily is not AddressFamily.Unix;
}
