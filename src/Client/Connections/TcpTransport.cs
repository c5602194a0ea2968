using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>TCP, with TLS, to a server.</summary>
internal static class TcpTransport
{
    private const string CaVariable = "STREAMBACK_CA_FILE";

    /// <summary>How long a server may take to answer a connection before it counts as away.</summary>
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(30);

    // A machine that is gone says nothing. It is asked after a minute without a packet, and is lost after another: an answer may be
    // all that is awaited, and nothing else would ever end that.
    private const int KeepAliveSeconds = 60;
    private const int KeepAliveInterval = 15;
    private const int KeepAliveTries = 4;

    /// <summary>A handler for requests to a server.</summary>
    /// <param name="location">What is said of it.</param>
    /// <param name="rate">Bytes a second that may go either way; null for any.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if there are no certificates where they should be.</exception>
    public static SocketsHttpHandler Handler(ServerLocation location, long? rate)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectWithin,
            AllowAutoRedirect = false,
            UseCookies = false,

            // Through a proxy goes what only the server can read, or nothing: without TLS there is only this machine.
            UseProxy = location.Address.Scheme == Uri.UriSchemeHttps,
            MaxConnectionsPerServer = HttpObjects.RequestsAtOnce,
            Expect100ContinueTimeout = Timeout.InfiniteTimeSpan,
            ConnectCallback = Connect,
        };
        if ((location.Settings.CaFile ?? Environment.GetEnvironmentVariable(CaVariable)) is { Length: > 0 } file)
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trusting(file) };
        if (rate is { } limit)
            handler.PlaintextStreamFilter = (context, _) => new ValueTask<Stream>(new LimitedStream(context.PlaintextStream, limit));
        return handler;
    }

    private static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveInterval);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveTries);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Only these: a public authority must not vouch for a server that has one of its own.
    private static X509ChainPolicy Trusting(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new RepositoryException(ErrorCode.Usage, $"The certificates in {file} cannot be read: {error.Message}", error);
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new RepositoryException(ErrorCode.Usage, $"There is no certificate, PEM, in {file}");
    }
}
