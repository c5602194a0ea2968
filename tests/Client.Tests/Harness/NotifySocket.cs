using System.Net.Sockets;
using System.Text;

namespace StreamBack.Client.Tests.Harness;

/// <summary>What systemd listens on: a Unix datagram socket.</summary>
internal sealed class NotifySocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    /// <param name="path">Its path; one that begins with the byte 0 is in no file system.</param>
    public NotifySocket(string path) => socket.Bind(new UnixDomainSocketEndPoint(path));

    /// <summary>The next datagram.</summary>
    public async Task<string> Next()
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, patience.Token));
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
