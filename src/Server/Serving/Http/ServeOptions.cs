using System.Globalization;
using System.Net;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>Where a server listens, and how it is secured.</summary>
public sealed record ServeOptions
{
    /// <summary>URLs: <c>http://127.0.0.1:8420</c>, <c>https://0.0.0.0:8420</c>; hosts are addresses or <c>localhost</c>.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];

    /// <summary>A Unix socket, made with mode 0600; null for none.</summary>
    public string? SocketPath { get; init; }

    /// <summary>The certificate chain, PEM; read again when it changes.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>Its private key, PEM.</summary>
    public string? CertificateKeyPath { get; init; }

    /// <summary>The state folder: tokens.</summary>
    public required string StateFolder { get; init; }

    /// <summary>How long running requests may go on after a stop is asked for: a put of some gigabytes gets done.</summary>
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The addresses to listen on, each with whether it is TLS.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, saying what to add.</exception>
    internal IReadOnlyList<(IPEndPoint Address, bool Tls)> Addresses(bool anyToken)
    {
        var addresses = Listen.Select(Parse).ToList();
        if (addresses.Count == 0 && SocketPath is null)
            throw new RepositoryException(ErrorCode.Usage, "Say where to listen: --listen https://ADDRESS:8420, --socket PATH, or --stdio");
        foreach (var (address, tls) in addresses)
        {
            if (!tls && !IPAddress.IsLoopback(address.Address))
                throw new RepositoryException(ErrorCode.Usage, $"http://{address} is open to the network: use https:// with --tls-cert and --tls-key, or listen on 127.0.0.1");
            if (tls && (CertificatePath is null || CertificateKeyPath is null))
                throw new RepositoryException(ErrorCode.Usage, $"https://{address} needs a certificate: add --tls-cert FILE and --tls-key FILE");
        }

        if (addresses.Count > 0 && !anyToken)
            throw new RepositoryException(ErrorCode.Usage, $"There is no token, so nobody could do anything: streamback token add NAME --allow put,list (state folder {StateFolder})");
        return addresses;
    }

    private static (IPEndPoint Address, bool Tls) Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery is not ("/" or ""))
            throw new RepositoryException(ErrorCode.Usage, $"'{url}' is no address to listen on: give one such as https://0.0.0.0:8420");
        var host = uri.IdnHost == "localhost" ? IPAddress.Loopback.ToString() : uri.IdnHost.Trim('[', ']');
        if (!IPAddress.TryParse(host, out var address))
            throw new RepositoryException(ErrorCode.Usage, $"'{uri.Host}' is no address of this machine: give numbers, such as 0.0.0.0 for all");
        var named = url.TrimEnd('/').EndsWith(string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"), StringComparison.Ordinal);
        return (new IPEndPoint(address, named ? uri.Port : Wire.DefaultPort), uri.Scheme == "https");
    }
}
