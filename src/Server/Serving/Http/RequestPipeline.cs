using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using StreamBack.Server.Serving.Http.Sessions;

namespace StreamBack.Server.Serving.Http;

/// <summary>What is done with each request, however its connection came.</summary>
internal sealed class RequestPipeline : IDisposable
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

    /// <summary>Nobody gives an answer to somebody else, or again without asking.</summary>
    public const string NotKept = "private, no-cache";

    private readonly ServerParts server;
    private readonly SessionRoutes sessions;

    /// <param name="server">What is served, and how.</param>
    /// <param name="logs">Where it logs; not disposed.</param>
    public RequestPipeline(ServerParts server, ILoggerFactory logs)
    {
        this.server = server;
        AppContext.SetSwitch(StrictLines, true);
        var logger = logs.CreateLogger(ServerLog.Category);
        sessions = new SessionRoutes(server);
        server.LetGo = sessions.LetGo;
        var router = new Router();
        new Routes(server, sessions, logger).Map(router);
        var log = new RequestLog(server, logger);
        RequestDelegate routed = router.Run;
        RequestDelegate ofHost = context => HostCheck.Run(server.Hosts, context, routed);
        RequestDelegate ofMethod = context => MethodCheck.Run(context, ofHost);
        Answer = context =>
        {
            // What somebody may read is for nobody else, and what an address means may change with the next put.
            context.Response.Headers.CacheControl = NotKept;
            return server.Requests.Run(() => log.Run(context, ofMethod));
        };
    }

    /// <summary>Answers a request.</summary>
    public RequestDelegate Answer { get; }

    /// <summary>Sets what holds for every connection.</summary>
    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = server.Limits.Connections;
        limits.MaxRequestLineSize = MaxRequestHead;
        limits.MaxRequestHeadersTotalSize = MaxRequestHead;
        limits.MaxRequestBufferSize = BufferLength;
        limits.MaxResponseBufferSize = BufferLength;

        // A stream has no length to be limited by, and its sender may wait for a database; the patience bounds that.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
    }

    /// <summary>Stops: what runs may go on for as long as it may, and is then cut; nothing uses the repository afterwards.</summary>
    /// <param name="stop">Stops taking connections, and cuts those that are left when it is cancelled.</param>
    public async Task Stop(Func<CancellationToken, Task> stop)
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

            await stop(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await stop(patience.Token).ConfigureAwait(false);
        }

        // A put that is cut holds its turn as long as it is remembered.
        sessions.Dispose();

        // Kestrel forgets the requests that it cuts, and whoever writes a tag sees no cut: nothing of it may be left half done.
        await Task.WhenAny(Task.WhenAll(server.Gate.Emptied(), server.Requests.Ended()), Task.Delay(TidyWithin)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        sessions.Dispose();
        server.Objects.Dispose();
    }
}
