using System.Globalization;
using System.Net;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>An address to listen on.</summary>
/// <param name="EndPoint">Where.</param>
/// <param name="Tls">Whether it speaks TLS.</param>
/// <param name="Name"><c>localhost</c> if the URL says so; null for an address.</param>
internal sealed record ListenAddress(IPEndPoint EndPoint, bool Tls, string? Name)
{
    private const string LocalHost = "localhost";

    /// <summary>Whether only this machine reaches it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Whether it is one address, and not all that the machine has.</summary>
    public bool IsOne => !EndPoint.Address.Equals(IPAddress.Any) && !EndPoint.Address.Equals(IPAddress.IPv6Any);

    /// <summary>Reads a URL.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static ListenAddress Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery is not ("/" or ""))
            throw new RepositoryException(ErrorCode.Usage, $"'{url}' is no address to listen on: give one such as https://0.0.0.0:8420");
        var host = uri.IdnHost.Trim('[', ']');
        if (!IPAddress.TryParse(host == LocalHost ? IPAddress.Loopback.ToString() : host, out var address))
            throw new RepositoryException(ErrorCode.Usage, $"'{uri.Host}' is no address of this machine: give numbers, such as 0.0.0.0 for all");
        var named = url.TrimEnd('/').EndsWith(string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"), StringComparison.Ordinal);
        return new ListenAddress(new IPEndPoint(address, named ? uri.Port : Wire.DefaultPort), uri.Scheme == "https", host == LocalHost ? host : null);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(Tls ? "https" : "http")}://{EndPoint}";
}
