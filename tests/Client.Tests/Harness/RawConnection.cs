using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A connection to a server that says the bytes it is told, however wrong, and hears what comes back.</summary>
/// <remarks>Threading: one thread. Dispose closes it.</remarks>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly List<byte> heard = [];
    private readonly byte[] block = new byte[64 << 10];

    public RawConnection(ServerProcess server) => socket.Connect(IPAddress.Loopback, server.Port);

    /// <summary>Whether the server has closed it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Says bytes; a server that has heard enough need not take them.</summary>
    public RawConnection Say(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
                bytes = bytes[socket.Send(bytes)..];
        }
        catch (SocketException)
        {
            // What it answered is still there to be heard.
        }

        return this;
    }

    /// <summary>Says text, a byte for each of its characters.</summary>
    public RawConnection Say(string text) => Say(Encoding.Latin1.GetBytes(text));

    /// <summary>Waits for an answer.</summary>
    /// <param name="milliseconds">How long it waits for each part of it.</param>
    /// <param name="toHead">Whether it answers HEAD.</param>
    /// <returns>The answer; null if the connection was closed without one, or none came.</returns>
    public RawAnswer? Hear(int milliseconds = 60_000, bool toHead = false)
    {
        while (true)
        {
            if (RawAnswer.TryTake(heard, IsClosed, out var answer, toHead))
                return answer;
            if (IsClosed || !socket.Poll(TimeSpan.FromMilliseconds(milliseconds), SelectMode.SelectRead))
                return null;
            Receive();
        }
    }

    /// <summary>Says that no more comes (FIN), and waits until the server has closed its side too.</summary>
    public void Finish()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server was faster.
        }

        // A poll may end early.
        for (var since = Stopwatch.StartNew(); !IsClosed;)
        {
            Assert.True(since.Elapsed < TimeSpan.FromMinutes(1), "the server does not close a connection that has ended");
            if (!socket.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead))
                continue;
            Receive();
            heard.Clear();
        }
    }

    /// <summary>Breaks it off (RST).</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private void Receive()
    {
        try
        {
            var count = socket.Receive(block);
            IsClosed = count == 0;
            heard.AddRange(block.AsSpan(0, count));
        }
        catch (SocketException)
        {
            IsClosed = true;
        }
    }
}
