using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Serving.Tokens;

namespace StreamBack.Server.Serving.Http;

/// <summary>Who asks, and what they may do.</summary>
/// <param name="Name">For logs: a token's name, or how they came.</param>
/// <param name="Access">What they may do.</param>
/// <param name="Quota">What their names may have; null for no limit of their own.</param>
internal sealed record Caller(string Name, Access Access, QuotaRule? Quota = null);

/// <summary>Finds out who asks: by a token, or by how they came.</summary>
/// <param name="tokens">The server's tokens; null where none count.</param>
/// <param name="owner">Who comes without a token, and not over TCP.</param>
internal sealed class Authentication(TokenStore? tokens, Caller owner)
{
    private const string Scheme = "Bearer ";

    /// <summary>Who asks; null if nobody who is known.</summary>
    public Caller? Find(HttpContext context)
    {
        if (tokens is null)
            return owner;
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return tokens.Find(header[Scheme.Length..].Trim()) is { } token ? new Caller(token.Name, token.Access, token.Quota) : null;
        return header.Length == 0 && !IsTcp(context) ? owner : null;
    }

    // Whatever is no socket of the local machine's file system is taken for TCP.
    private static bool IsTcp(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily is not AddressFamily.Unix;
}
