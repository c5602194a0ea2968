using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http;

/// <summary>The server's certificate, and those between it and its authority, read again when a file changes: renewals need no restart.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed partial class Certificate(string path, string keyPath, ILogger logger)
{
    private readonly Lock gate = new();
    private SslStreamCertificateContext? current;
    private (FileStamp Certificate, FileStamp Key) read;
    private string? told;

    /// <summary>Reads it again now, whether its file changed or not.</summary>
    public void Reread()
    {
        lock (gate)
            (read, told) = (default, null);
        Current();
    }

    /// <summary>The certificates to show.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if there have never been any that can be read.</exception>
    public SslStreamCertificateContext Current()
    {
        lock (gate)
        {
            try
            {
                var now = (FileStamp.Of(path), FileStamp.Of(keyPath));
                if (current is null || read != now)
                    (current, read, told) = (Read(), now, null);
            }
            catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                if (current is null)
                    throw new RepositoryException(ErrorCode.Usage, $"The certificate {path} with {keyPath} cannot be read: {error.Message}", error);

                // Each handshake comes here; one line is enough.
                if (told != error.Message)
                    StillOld(path, error.Message);
                told = error.Message;
            }

            return current;
        }
    }

    // Offline: nothing is fetched that the file lacks.
    private SslStreamCertificateContext Read()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(path, keyPath), chain, offline: true);
    }

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "The new certificate {File} cannot be read, going on with the old one: {Problem}")]
    private partial void StillOld(string file, string problem);
}
