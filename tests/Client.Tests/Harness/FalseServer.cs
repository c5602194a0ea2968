using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamBack.Client.Tests.Harness;

/// <summary>What listens on a free port of the loopback and is no server of this project: it says what a test wants, and keeps what it heard.</summary>
/// <remarks>Threading: one request a connection; what answers is called by several threads. Dispose ends all of them.</remarks>
internal sealed class FalseServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Func<string, string> answer;

    /// <summary>Begins to listen.</summary>
    /// <param name="answer">From a request's head to all of its answer; an empty one closes the connection.</param>
    public FalseServer(Func<string, string> answer)
    {
        this.answer = answer;
        listener.Start();
        _ = Accept();
    }

    /// <summary>Where it listens.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Heads of the requests that came.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>An answer of JSON.</summary>
    public static string Json(string body, string status = "200 OK") =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

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
        using var stream = new NetworkStream(client, ownsSocket: true);
        var head = new StringBuilder();
        var block = new byte[4096];
        try
        {
            while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await stream.ReadAsync(block, ending.Token);
                if (read == 0)
                    return;
                head.Append(Encoding.Latin1.GetString(block, 0, read));
            }

            Heard.Enqueue(head.ToString());
            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer(head.ToString())), ending.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Whoever asked has gone, or the test is over.
        }
    }
}
