using System.Net.Sockets;
using System.Text;

namespace StreamBack.Client.Terminal;

/// <summary>Tells whoever started the process as a service how it is: a datagram to <c>$NOTIFY_SOCKET</c>, as sd_notify(3) has it.</summary>
internal static class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>Tells a state, such as <c>READY=1</c>; nothing is done where nobody asked.</summary>
    public static void Tell(string state)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 1 } address)
            return;
        try
        {
            // A leading @ stands for the byte 0 of an address that is in no file system.
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address));
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            ErrorReport.Line($"{Variable} {address}: {error.Message}");
        }
    }
}
