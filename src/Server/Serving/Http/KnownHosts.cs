using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>
/// The names under which a server may be asked over TCP: a web page whose own name is made to point here is refused, whatever the
/// browser sends for it.
/// </summary>
/// <param name="names">Configured ones.</param>
/// <param name="listening">Addresses that are listened on; <c>0.0.0.0</c> and <c>::</c> are none that anybody asks for.</param>
/// <param name="certificate">The certificate that is shown, whose names count; null without TLS.</param>
/// <remarks>Threading: any.</remarks>
internal sealed class KnownHosts(IEnumerable<string> names, IEnumerable<IPAddress> listening, Certificate? certificate)
{
    private readonly HashSet<string> configured = new(names.Select(name => name.Trim('[', ']')), StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<IPAddress> addresses = [.. listening];

    /// <summary>Any name: where connections do not come over TCP.</summary>
    public static KnownHosts Any { get; } = new([], [], null) { Everything = true };

    private bool Everything { get; init; }

    /// <summary>Whether a request may have come for this server.</summary>
    public bool Knows(HttpContext context) => Everything || !IsTcp(context) || Knows(context.Request.Host.Host);

    /// <summary>Whether a name, or an address with or without brackets, is one of this server's.</summary>
    public bool Knows(string host)
    {
        host = host.Trim('[', ']');
        if (configured.Contains(host))
            return true;
        if (IPAddress.TryParse(host, out var address) && (IPAddress.IsLoopback(address) || addresses.Contains(address)))
            return true;
        return certificate is not null && Uri.CheckHostName(host) != UriHostNameType.Unknown
            && certificate.Current().TargetCertificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false);
    }

    private static bool IsTcp(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6;
}
