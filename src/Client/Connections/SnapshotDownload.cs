using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>One stream from a server, gone on with when the connection breaks: the snapshot is named by its id, and the hash goes on.</summary>
/// <param name="connection">To the server.</param>
/// <param name="address">The snapshot's fixed address.</param>
/// <param name="length">Bytes of the stream.</param>
/// <param name="target">Gets them.</param>
/// <param name="hash">Gets them as well.</param>
/// <param name="notice">Told when it waits.</param>
internal sealed class SnapshotDownload(HttpConnection connection, string address, long length, Stream target, IncrementalHash hash, Action<string> notice)
{
    /// <summary>Bytes read at once: what a large pipe takes in a few rounds.</summary>
    private const int BlockLength = 256 << 10;

    // At once first: most often it was only this connection, and a server that found damage says so. Then half a minute in all, which
    // is enough for a restart; whoever waits at the end of a pipe should hear of an outage.
    private static readonly int[] PauseSeconds = [0, 1, 2, 4, 8, 16];

    private readonly byte[] block = new byte[BlockLength];
    private long position;

    /// <summary>Receives the stream.</summary>
    /// <param name="offset">How much of it the target has.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RepositoryException">What the server says, or that the connection is lost for good.</exception>
    public void Run(long offset, TransferProgress progress, CancellationToken cancellation)
    {
        position = offset;
        for (var fruitless = 0; ; fruitless++)
        {
            var before = position;
            var broken = TryReceive(progress, cancellation);
            if (broken is null)
                return;
            if (position > before)
                fruitless = 0;
            if (fruitless == PauseSeconds.Length)
                throw broken;
            Pause(broken, PauseSeconds[fruitless], cancellation);
        }
    }

    /// <returns>Null if all is there; else how it broke off.</returns>
    private RepositoryException? TryReceive(TransferProgress progress, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, address);
        if (position > 0)
            message.Headers.Range = new RangeHeaderValue(position, null);
        try
        {
            if (position > 0)
                connection.Rejoin?.Invoke();
            using var response = connection.Send(message, cancellation);
            if (response.StatusCode == HttpStatusCode.OK && position > 0)
                throw new RepositoryException(ErrorCode.Failed, "The server does not go on in the middle of a stream");
            Copy(response, progress, cancellation);
        }
        catch (ConnectionLostException lost)
        {
            return lost;
        }

        return position == length
            ? null
            : new RepositoryException(ErrorCode.Corrupt, $"The stream breaks off at {position} of {length} bytes: the server found it damaged, or is gone");
    }

    private void Copy(HttpResponseMessage response, TransferProgress progress, CancellationToken cancellation)
    {
        using var body = response.Content.ReadAsStream(cancellation);
        for (int read; (read = Read(body)) > 0; progress.Bytes = position)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, read);
            target.Write(block, 0, read);
            position += read;
        }
    }

    // A body that breaks off ends; whether it should have is seen by its length.
    private int Read(Stream body)
    {
        try
        {
            return body.Read(block);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            return 0;
        }
    }

    private void Pause(RepositoryException broken, int seconds, CancellationToken cancellation)
    {
        if (seconds == 0)
            return;
        notice($"{broken.Message}; {position} of {length} bytes are here, going on in {seconds} s");
        cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(seconds));
        cancellation.ThrowIfCancellationRequested();
    }
}
