using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Tokens;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http;

/// <summary>Serves one repository over HTTP until it is told to stop.</summary>
public static class HttpServer
{
    /// <summary>Serves.</summary>
    /// <param name="repository">Open; not disposed.</param>
    /// <param name="options">Where, and how it is secured.</param>
    /// <param name="started">Told the addresses, once they take requests.</param>
    /// <param name="stop">Ends it: what is running may go on for a while.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, <see cref="ErrorCode.Busy"/> if an address is taken.</exception>
    public static async Task Run(EmbeddedRepository repository, ServeOptions options, Action<IReadOnlyList<string>> started, CancellationToken stop)
    {
        var tokens = new TokenStore(options.StateFolder);
        var addresses = options.Addresses(tokens.Any);
        await using var application = HttpHost.Build(
            repository,
            new Authentication(tokens, new Caller("socket", Access.Everything)),
            options.StateFolder,
            LogLevel.Information,
            options.StopWithin,
            builder => Listen(builder, addresses, options));
        await Start(application, options).ConfigureAwait(false);
        started([.. application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses]);
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        await application.StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static void Listen(WebApplicationBuilder builder, IReadOnlyList<(IPEndPoint Address, bool Tls)> addresses, ServeOptions options)
    {
        if (addresses.Any(address => address.Tls))
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel((_, kestrel) =>
        {
            foreach (var (address, tls) in addresses)
                kestrel.Listen(address, listen => Secure(listen, tls ? options : null));
            if (options.SocketPath is { } path)
                kestrel.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http1);
        });
    }

    private static void Secure(ListenOptions listen, ServeOptions? tls)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (tls is null)
            return;
        var certificate = new Certificate(tls.CertificatePath!, tls.CertificateKeyPath!, listen.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("streamback"));
        certificate.Current();
        listen.UseHttps(https => https.ServerCertificateSelector = (_, _) => certificate.Current());
    }

    private static async Task Start(WebApplication application, ServeOptions options)
    {
        // The socket is private from its first moment on: whoever connects has everything.
        var mask = Libc.MaskOthers();
        try
        {
            // One that a killed server left behind is nobody's; what is no socket is somebody's.
            if (options.SocketPath is { } path && Libc.IsSocket(path) && !await Answers(path).ConfigureAwait(false))
                File.Delete(path);
            await application.StartAsync().ConfigureAwait(false);
            if (options.SocketPath is { } socket)
                File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
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
