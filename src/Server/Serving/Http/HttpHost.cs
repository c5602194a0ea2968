using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamBack.Server.Serving.Http.Sessions;

namespace StreamBack.Server.Serving.Http;

/// <summary>Kestrel with the routes of one repository, however connections come.</summary>
internal static class HttpHost
{
    /// <summary>The request line with tags and a command, and all headers; more is an attack.</summary>
    private const int MaxRequestHead = 128 << 10;

    /// <summary>Received and not yet taken, or sent and not yet gone, for each connection: keeps a fast link busy.</summary>
    private const int BufferLength = 1 << 20;

    /// <summary>How often it is looked for puts that rest while the server waits to stop.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>How long requests that were cut may take to tidy up, or to end what cannot be cut.</summary>
    private static readonly TimeSpan TidyWithin = TimeSpan.FromSeconds(10);

    /// <summary>Lines end in CR LF: what a bare LF ends, two readers may see differently.</summary>
    private const string StrictLines = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>Builds it; it is not started.</summary>
    /// <param name="server">What it serves, and how.</param>
    /// <param name="logs">Where it logs; not disposed.</param>
    /// <param name="configure">Says where connections come from.</param>
    public static WebApplication Build(ServerParts server, ILoggerFactory logs, Action<WebApplicationBuilder> configure)
    {
        AppContext.SetSwitch(StrictLines, true);

        // Nothing of the machine's environment or of files beside the program decides how this server is.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = [], ContentRootPath = "/" });
        builder.Services.AddSingleton(logs);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = server.Limits.StopWithin);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel((_, kestrel) =>
        {
            kestrel.AddServerHeader = false;
            Limit(kestrel.Limits, server.Limits.Connections);
        });
        configure(builder);
        var application = builder.Build();
        var logger = logs.CreateLogger(ServerLog.Category);
        var log = new RequestLog(server, logger);
        application.Use(next => context => server.Requests.Run(() => log.Run(context, next)));
        application.Use(next => context => MethodCheck.Run(context, next));
        application.Use(next => context => HostCheck.Run(server.Hosts, context, next));
        application.UseRouting();
        var sessions = new SessionRoutes(server);
        server.LetGo = sessions.LetGo;
        application.Lifetime.ApplicationStopped.Register(sessions.Dispose);
        new Routes(server, sessions, logger).Map(application);
        return application;
    }

    /// <summary>Stops it: what runs may go on for as long as it may, and is then cut; nothing uses the repository afterwards.</summary>
    public static async Task Stop(WebApplication application, ServerParts server)
    {
        // A put in several requests has to get through with the next of them: connections are taken until no stream runs.
        using var patience = new CancellationTokenSource(server.Limits.StopWithin);
        server.Gate.Close();
        try
        {
            for (var emptied = server.Gate.Emptied(); !emptied.IsCompleted;)
            {
                server.LetGo();
                await Task.WhenAny(emptied, Task.Delay(LookEvery, patience.Token)).ConfigureAwait(false);
                patience.Token.ThrowIfCancellationRequested();
            }

            await application.StopAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await application.StopAsync(patience.Token).ConfigureAwait(false);
        }

        // Kestrel forgets the requests that it cuts, and whoever writes a tag sees no cut: nothing of it may be left half done.
        await Task.WhenAny(Task.WhenAll(server.Gate.Emptied(), server.Requests.Ended()), Task.Delay(TidyWithin)).ConfigureAwait(false);
    }

    private static void Limit(KestrelServerLimits limits, int connections)
    {
        limits.MaxConcurrentConnections = connections;
        limits.MaxRequestLineSize = MaxRequestHead;
        limits.MaxRequestHeadersTotalSize = MaxRequestHead;
        limits.MaxRequestBufferSize = BufferLength;
        limits.MaxResponseBufferSize = BufferLength;

        // A stream has no length to be limited by, and its sender may wait for a database; the patience bounds that.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
    }
}
