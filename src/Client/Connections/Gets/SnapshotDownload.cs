using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections.Gets;

/// <summary>One stream from a server, gone on with when the connection breaks: the snapshot is named by its id, and the hash goes on.</summary>
/// <param name="connection">To the server.</param>
/// <param name="address">The snapshot's fixed address.</param>
/// <param name="length">Bytes of the stream.</param>
/// <param name="arriving">Gets them.</param>
/// <param name="notice">Told when it waits.</param>
internal sealed class SnapshotDownload(HttpConnection connection, string address, long length, ArrivingStream arriving, Action<string> notice)
{
    // At once first: most often it was only this connection, and a server that found damage says so. Then half a minute in all, which
    // is enough for a restart; whoever waits at the end of a pipe should hear of an outage.
    private static readonly int[] PauseSeconds = [0, 1, 2, 4, 8, 16];

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
        try
        {
            if (arriving.Position > 0)
                connection.Rejoin?.Invoke();
            using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, $"{address}/frames?from={arriving.Position}"), cancellation);
            if (response.Content.Headers.ContentType?.MediaType != FrameAnswer.MediaType)
                throw new RepositoryException(ErrorCode.Failed, "The server does not say what the stream is made of");
            if (Copy(response, progress, cancellation) && arriving.Position == length)
                return null;
        }
        catch (ConnectionLostException lost)
        {
            return lost;
        }

        return new RepositoryException(ErrorCode.Corrupt, $"The stream breaks off at {arriving.Position} of {length} bytes: the server found it damaged, or is gone");
    }

    private bool Copy(HttpResponseMessage response, TransferProgress progress, CancellationToken cancellation)
    {
        using var body = response.Content.ReadAsStream(cancellation);
        using var receiver = new FrameReceiver(body, block =>
        {
            if (arriving.Position + block.Length > length)
                throw new RepositoryException(ErrorCode.Corrupt, $"The server sends more than the {length} bytes of the stream");
            arriving.Write(block);
            progress.Bytes = arriving.Position;
        }, arriving.LetOut);
        return receiver.Run(cancellation);
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
