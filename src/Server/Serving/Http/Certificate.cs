using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>The server's certificate, read again when its file changes: renewals need no restart.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed partial class Certificate(string path, string keyPath, ILogger logger)
{
    private readonly Lock gate = new();
    private X509Certificate2? current;
    private (DateTime, DateTime) read;

    /// <summary>Reads it again now, whether its file changed or not.</summary>
    public void Reread()
    {
        lock (gate)
            read = default;
        Current();
    }

    /// <summary>The certificate to show.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if there has never been one that can be read.</exception>
    public X509Certificate2 Current()
    {
        var written = (File.GetLastWriteTimeUtc(path), File.GetLastWriteTimeUtc(keyPath));
        lock (gate)
        {
            if (current is not null && read == written)
                return current;
            try
            {
                current = X509Certificate2.CreateFromPemFile(path, keyPath);
                read = written;
            }
            catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                if (current is null)
                    throw new RepositoryException(ErrorCode.Usage, $"The certificate {path} with {keyPath} cannot be read: {error.Message}", error);
                StillOld(path, error.Message);
            }

            return current;
        }
    }

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "The new certificate {File} cannot be read, going on with the old one: {Problem}")]
    private partial void StillOld(string file, string problem);
}
