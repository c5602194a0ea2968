using System.Net;
using System.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>One stream from a server, gone on with when the connection breaks: the snapshot is named by its id, and the hash goes on.</summary>
/// <param name="connection">To the server.</param>
/// <param name="address">The snapshot's fixed address.</param>
/// <param name="length">Bytes of the stream.</param>
/// <param name="arriving">Gets them.</param>
/// <param name="verifies">Whether the stream is compared with its hash here, and the server need not.</param>
/// <param name="notice">Told when it waits.</param>
internal sealed class SnapshotDownload(HttpConnection connection, string address, long length, ArrivingStream arriving, bool verifies, Action<string> notice)
{
    /// <summary>Bytes read at once: what a large pipe takes in a few rounds.</summary>
    private const int BlockLength = 256 << 10;

    // At once first: most often it was only this connection, and a server that found damage says so. Then half a minute in all, which
    // is enough for a restart; whoever waits at the end of a pipe should hear of an outage.
    private static readonly int[] PauseSeconds = [0, 1, 2, 4, 8, 16];

    // One is filled while the other is hashed.
    private readonly byte[][] blocks = [new byte[BlockLength], new byte[BlockLength]];
    private int turn;

    /// <summary>Receives the stream.</summary>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RepositoryException">What the server says, or that the connection is lost for good.</exception>
    public void Run(TransferProgress progress, CancellationToken cancellation)
    {
        for (var fruitless = 0; ; fruitless++)
        {
            var before = arriving.Position;
            var broken = TryReceive(progress, cancellation);
            if (broken is null)
                return;
            if (arriving.Position > before)
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
        if (arriving.Position > 0)
            message.Headers.Range = new RangeHeaderValue(arriving.Position, null);
        else if (verifies)
            message.Headers.Add(Wire.VerifiesHeader, Wire.VerifiesHash);
        try
        {
            if (arriving.Position > 0)
                connection.Rejoin?.Invoke();
            using var response = connection.Send(message, cancellation);
            if (response.StatusCode == HttpStatusCode.OK && arriving.Position > 0)
                throw new RepositoryException(ErrorCode.Failed, "The server does not go on in the middle of a stream");
            if (response.Headers.TryGetValues(Wire.CutHeader, out var told) && StreamCut.TryParse(told.First(), out var cut))
                arriving.HoldFrom(cut, length);
            Copy(response, progress, cancellation);
        }
        catch (ConnectionLostException lost)
        {
            return lost;
        }

        return arriving.Position == length
            ? null
            : new RepositoryException(ErrorCode.Corrupt, $"The stream breaks off at {arriving.Position} of {length} bytes: the server found it damaged, or is gone");
    }

    private void Copy(HttpResponseMessage response, TransferProgress progress, CancellationToken cancellation)
    {
        using var body = response.Content.ReadAsStream(cancellation);
        for (int read; (read = Read(body)) > 0; progress.Bytes = arriving.Position)
        {
            cancellation.ThrowIfCancellationRequested();
            if (arriving.Position + read > length)
                throw new RepositoryException(ErrorCode.Corrupt, $"The server sends more than the {length} bytes of the stream");
            arriving.Write(blocks[turn].AsMemory(0, read));
            turn ^= 1;
        }
    }

    // A body that breaks off ends; whether it should have is seen by its length.
    private int Read(Stream body)
    {
        try
        {
            return body.Read(blocks[turn]);
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
        notice($"{broken.Message}; {arriving.Position} of {length} bytes are here, going on in {seconds} s");
        cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(seconds));
        cancellation.ThrowIfCancellationRequested();
    }
}
