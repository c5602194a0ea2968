using System.Text;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Protocol.Tar;

namespace StreamBack.Client.Connections;

/// <summary>A part of a snapshot from a server. It is begun once: what is lost on the way is an error, and no whole tar.</summary>
internal static class PartDownload
{
    private const int BlockLength = 256 << 10;

    /// <summary>Receives it.</summary>
    /// <param name="connection">To the server.</param>
    /// <param name="address">The part's fixed address.</param>
    /// <param name="isTar">Whether it is a tar, which must not look whole when it is not.</param>
    /// <param name="target">Gets it; not closed.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="notice">Told what the server says is left out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RepositoryException">What the server says, or that the connection is lost.</exception>
    public static void Run(
        HttpConnection connection, string address, bool isTar, Stream target, TransferProgress progress, Action<string> notice, CancellationToken cancellation)
    {
        using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, address), cancellation);
        if (response.Headers.TryGetValues(Wire.NoticesHeader, out var values))
        {
            foreach (var line in Encoding.UTF8.GetString(PercentCode.Decode(values.First())).Split('\n'))
                notice(line);
        }

        using var body = response.Content.ReadAsStream(cancellation);
        var scanner = isTar ? new TarScanner(new NoTarSink()) : null;
        try
        {
            var block = new byte[BlockLength];
            while (Read(body, block) is > 0 and var count)
            {
                cancellation.ThrowIfCancellationRequested();
                target.Write(block.AsSpan(0, count));
                scanner?.Scan(block.AsSpan(0, count));
                progress.Bytes += count;
            }
        }
        catch (Exception error) when (scanner is not null && !target.CanSeek && progress.Bytes > 0 && (error is RepositoryException or OperationCanceledException))
        {
            TarSpoiler.WriteTo(target, scanner);
            throw;
        }
    }

    private static int Read(Stream body, byte[] block)
    {
        try
        {
            return body.Read(block);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new RepositoryException(ErrorCode.Corrupt, "It breaks off: the server found it damaged, or is gone", error);
        }
    }
}
