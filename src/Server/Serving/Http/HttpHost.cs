using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StreamBack.Server.Serving.Http;

/// <summary>Kestrel for connections of a network.</summary>
internal static class HttpHost
{
    /// <summary>Builds it; it is not started.</summary>
    /// <param name="answer">Answers a request.</param>
    /// <param name="limit">Sets what holds for every connection.</param>
    /// <param name="stopWithin">How long requests may go on once it is to stop.</param>
    /// <param name="logs">Where it logs; not disposed.</param>
    /// <param name="configure">Says where connections come from.</param>
    public static WebApplication Build(RequestDelegate answer, Action<KestrelServerOptions> limit, TimeSpan stopWithin, ILoggerFactory logs, Action<WebApplicationBuilder> configure)
    {
        // Nothing of the machine's environment or of files beside the program decides how this server is.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = [], ContentRootPath = "/" });
        builder.Services.AddSingleton(logs);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = stopWithin);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel((_, kestrel) => limit(kestrel));
        configure(builder);
        var application = builder.Build();
        application.Run(answer);
        return application;
    }
}
