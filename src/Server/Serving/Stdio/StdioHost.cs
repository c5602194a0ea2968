using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StreamBack.Server.Serving.Http;

namespace StreamBack.Server.Serving.Stdio;

/// <summary>
/// Kestrel for the one connection of two pipes, without the host that the framework puts around it: a command over ssh waits for what
/// that takes to start (docs/decisions/0006).
/// </summary>
internal static class StdioHost
{
    /// <summary>Starts it.</summary>
    public static async Task<KestrelServer> Start(RequestPipeline pipeline, StdioTransport transport, ILoggerFactory logs)
    {
        var options = new KestrelServerOptions();
        pipeline.Configure(options);
        options.Listen(StdioEndPoint.Instance, listen => listen.Protocols = HttpProtocols.Http1);
        var kestrel = new KestrelServer(Options.Create(options), transport, logs);
        await kestrel.StartAsync(new Application(pipeline.Answer), CancellationToken.None).ConfigureAwait(false);
        return kestrel;
    }

    private sealed class Application(RequestDelegate answer) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => answer(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
