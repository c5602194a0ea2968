using System.Text;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Protocol.Tar;

namespace StreamBack.Client.Connections;

/// <summary>A part of a tar from a server. It is begun once: what is lost on the way is an error, and no whole tar.</summary>
internal static class PartDownload
{
    private const int BlockLength = 256 << 10;

    /// <summary>Receives it.</summary>
    /// <param name="connection">To the server.</param>
    /// <param name="address">The snapshot's fixed address.</param>
    /// <param name="paths">What of it.</param>
    /// <param name="target">Gets the tar; not closed.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="notice">Told what the server says is left out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RepositoryException">What the server says, or that the connection is lost.</exception>
    public static void Run(
        HttpConnection connection, string address, IReadOnlyList<byte[]> paths, Stream target, TransferProgress progress, Action<string> notice, CancellationToken cancellation)
    {
        var query = string.Join('&', paths.Select(path => $"path={PercentCode.Encode(path)}"));
        using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, $"{address}?{query}"), cancellation);
        if (response.Headers.TryGetValues(Wire.NoticesHeader, out var values))
        {
            foreach (var line in Encoding.UTF8.GetString(PercentCode.Decode(values.First())).Split('\n'))
                notice(line);
        }

        using var body = response.Content.ReadAsStream(cancellation);
        try
        {
            var block = new byte[BlockLength];
            while (Read(body, block) is > 0 and var count)
            {
                cancellation.ThrowIfCancellationRequested();
                target.Write(block.AsSpan(0, count));
                progress.Bytes += count;
            }
        }
        catch (Exception error) when (!target.CanSeek && progress.Bytes > 0 && (error is RepositoryException or OperationCanceledException))
        {
            TarSpoiler.WriteTo(target);
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
            throw new RepositoryException(ErrorCode.Corrupt, "The tar breaks off: the server found it damaged, or is gone", error);
        }
    }
}
