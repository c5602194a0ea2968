using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http;

/// <summary>Begins to listen, on a Unix socket too, which is its owner's alone.</summary>
internal static class ServerSocket
{
    /// <summary>Seconds without a byte after which a peer is asked whether it is there: a line that drops idle connections sees them used.</summary>
    private const int IdleSeconds = 60;

    /// <summary>Seconds between two such questions.</summary>
    private const int BetweenSeconds = 10;

    /// <summary>Unanswered ones after which the peer is gone: two minutes in all.</summary>
    private const int Questions = 6;

    /// <summary>A socket to listen on, whose TCP connections notice a machine that lost its power: they have all that is set here.</summary>
    public static Socket Bind(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        if (endPoint is not IPEndPoint)
            return socket;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, IdleSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, BetweenSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Questions);
        return socket;
    }

    /// <summary>Starts an application that is built.</summary>
    /// <param name="path">The socket; null if there is none.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/> if an address is taken.</exception>
    public static async Task Start(WebApplication application, string? path)
    {
        // The socket is private from its first moment on: whoever connects has everything.
        var mask = Libc.MaskOthers();
        try
        {
            // One that a killed server left behind is nobody's; what is no socket is somebody's.
            if (path is not null && Libc.IsSocket(path) && !await Answers(path).ConfigureAwait(false))
                File.Delete(path);
            await application.StartAsync().ConfigureAwait(false);
            if (path is not null)
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new RepositoryException(ErrorCode.Busy, error.Message, error);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            throw new RepositoryException(ErrorCode.Failed, error.Message, error);
        }
        finally
        {
            Libc.SetFileMask(mask);
        }
    }

    private static async Task<bool> Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
