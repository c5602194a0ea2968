using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Serving.Notices;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Serving.Schedules;
using StreamBack.Server.Serving.Tokens;

namespace StreamBack.Server.Serving.Http;

/// <summary>A server that takes requests.</summary>
/// <param name="Addresses">Where.</param>
/// <param name="Reread">Reads the certificate again.</param>
/// <param name="Invite">Makes a path that signs a browser in with a token, once.</param>
public sealed record StartedServer(IReadOnlyList<string> Addresses, Action Reread, Func<string, string> Invite);

/// <summary>Serves one repository over HTTP until it is told to stop.</summary>
public static partial class HttpServer
{
    /// <summary>Serves.</summary>
    /// <param name="repository">Open; not disposed.</param>
    /// <param name="options">Where, how it is secured, and what it allows.</param>
    /// <param name="started">Told once requests are taken.</param>
    /// <param name="stop">Ends it: what is running may go on for a while.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, <see cref="ErrorCode.Busy"/> if an address is taken.</exception>
    public static async Task Run(EmbeddedRepository repository, ServeOptions options, Action<StartedServer> started, CancellationToken stop)
    {
        options.EnsureSensible();
        MemoryShare.Serve();
        var tokens = new TokenStore(options.StateFolder);
        var addresses = options.Addresses(tokens.Any);
        using var logs = ServerLog.Open(options.Logs);
        var logger = logs.CreateLogger(ServerLog.Category);
        var certificate = addresses.Any(address => address.Tls) ? new Certificate(options.CertificatePath!, options.CertificateKeyPath!, logger) : null;
        certificate?.Current();
        var server = new ServerParts(
            repository,
            new Authentication(tokens, new Caller("socket", Access.Everything)),
            options.Limits,
            new Quota(repository, options.Quotas, options.StateFolder, tokens),
            new DamagedSnapshots(options.StateFolder),
            options.StateFolder,
            new KnownHosts(
                options.Hosts.Concat(addresses.Select(address => address.Name).OfType<string>()),
                addresses.Where(address => address.IsOne).Select(address => address.EndPoint.Address),
                certificate),
            options.Expected);
        using var pipeline = new RequestPipeline(server, logs);
        await using var application = HttpHost.Build(pipeline.Answer, pipeline.Configure, options.Limits.StopWithin, logs, builder => Listen(builder, server, addresses, options.SocketPath, certificate));
        await ServerSocket.Start(application, options.SocketPath).ConfigureAwait(false);
        var taken = application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var all = string.Join(' ', taken);
        Started(logger, repository.Id, all);
        started(new StartedServer([.. taken], () => certificate?.Reread(), server.Authentication.Invite));
        var scheduled = Schedule(server, options, logger).Run(stop);
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        Stopping(logger, server.Gate.Count.Running, options.Limits.StopWithin);
        await pipeline.Stop(application.StopAsync).ConfigureAwait(false);
        await scheduled.ConfigureAwait(false);
        Stopped(logger, server.Gate.Count.Running);
    }

    private static Scheduler Schedule(ServerParts server, ServeOptions options, ILogger logger)
    {
        var repository = server.Served(server.Repository.For(DutyRunner.Actor));
        return new Scheduler(
            options.StateFolder,
            new DutyTimes(options.Schedule.Times, TimeZoneInfo.Local),
            new DutyRunner(repository, repository.Log, options.Schedule),
            repository.Log,
            new NoticeDesk(repository, options.StateFolder, options.Notices.Ways(), logger),
            logger);
    }

    private static void Listen(
        WebApplicationBuilder builder, ServerParts server, IReadOnlyList<ListenAddress> addresses, string? socket, Certificate? certificate)
    {
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = ServerSocket.Bind);
        builder.WebHost.ConfigureKestrel((_, kestrel) =>
        {
            foreach (var address in addresses)
                kestrel.Listen(address.EndPoint, listen => Configure(listen, server, address.Tls ? certificate : null));
            if (socket is not null)
                kestrel.ListenUnixSocket(socket, listen => Configure(listen, server, null));
        });
    }

    private static void Configure(ListenOptions listen, ServerParts server, Certificate? certificate)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => async connection =>
        {
            server.Metrics.Connected();
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                server.Metrics.Disconnected();
            }
        });
        if (certificate is not null)
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Shown(certificate)) });
    }

    private static SslServerAuthenticationOptions Shown(Certificate certificate) =>
        new() { ServerCertificateContext = certificate.Current(), AllowRenegotiation = false };

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Serving repository {Repository} on {Addresses}")]
    private static partial void Started(ILogger logger, RepositoryId repository, string addresses);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "Told to stop: {Running} streams may go on for {StopWithin}")]
    private static partial void Stopping(ILogger logger, int running, TimeSpan stopWithin);

    [LoggerMessage(EventId = 6, Level = LogLevel.Information, Message = "Stopped; {Running} streams still had to tidy up")]
    private static partial void Stopped(ILogger logger, int running);
}
