using System.Net;
using System.Net.Sockets;

namespace StreamBack.Client.Tests.Harness;

/// <summary>
/// A line between a client and a server that breaks: it passes bytes on, counts them, and resets a connection once so many have gone
/// through it in one direction.
/// </summary>
/// <remarks>Threading: what a test sets counts for connections that begin afterwards. Dispose ends all of them.</remarks>
internal sealed class CuttingRelay : IDisposable
{
    private const int BlockLength = 64 << 10;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly int target;
    private long bytesToServer;
    private long bytesToClient;
    private int connections;
    private int cuts;

    /// <summary>Begins to listen.</summary>
    /// <param name="server">A server's address on this machine, such as <c>http://127.0.0.1:40001</c>.</param>
    public CuttingRelay(string server)
    {
        target = new Uri(server).Port;
        listener.Start();
        _ = Accept();
    }

    /// <summary>Where clients connect, without TLS.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Bytes to the server, or from it, after which a connection is cut; null for never.</summary>
    public (long? ToServer, long? ToClient) CutAfter { get; set; }

    /// <summary>How many more connections are cut; all later ones last.</summary>
    public int CutsLeft { get; set; } = int.MaxValue;

    /// <summary>Bytes passed on to the server so far.</summary>
    public long BytesToServer => Interlocked.Read(ref bytesToServer);

    /// <summary>Bytes passed on to clients so far.</summary>
    public long BytesToClient => Interlocked.Read(ref bytesToClient);

    /// <summary>Connections so far.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>Connections cut so far.</summary>
    public int Cuts => Volatile.Read(ref cuts);

    /// <inheritdoc/>
    public void Dispose()
    {
        ending.Cancel();
        listener.Stop();
        ending.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Serve(await listener.AcceptSocketAsync(ending.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Serve(Socket client)
    {
        Interlocked.Increment(ref connections);
        var limits = CutsLeft > 0 ? CutAfter : (null, null);
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, target, ended.Token);
                var there = Pass(client, server, limits.ToServer, count => Interlocked.Add(ref bytesToServer, count), ended.Token);
                var back = Pass(server, client, limits.ToClient, count => Interlocked.Add(ref bytesToClient, count), ended.Token);
                var (first, second) = await Task.WhenAny(there, back) == there ? (there, back) : (back, there);
                if (await first || await second)
                    Cut(client, server);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One of the two has gone; the other one sees it too.
            }

            await ended.CancelAsync();
        }
    }

    // A reset, as of a line that is gone: what is on the way is lost.
    private void Cut(params Socket[] both)
    {
        CutsLeft--;
        Interlocked.Increment(ref cuts);
        foreach (var socket in both)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
    }

    /// <returns>Whether it is to be cut; otherwise the one side has ended.</returns>
    private static async Task<bool> Pass(Socket from, Socket to, long? limit, Action<int> count, CancellationToken cancellation)
    {
        var block = new byte[BlockLength];
        var left = limit ?? long.MaxValue;
        while (left > 0)
        {
            var read = await from.ReceiveAsync(block.AsMemory(0, (int)Math.Min(left, block.Length)), cancellation);
            if (read == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return false;
            }

            for (var sent = 0; sent < read;)
                sent += await to.SendAsync(block.AsMemory(sent, read - sent), cancellation);
            count(read);
            left -= read;
        }

        return true;
    }
}
