using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace StreamBack.Server.Serving.Http;

/// <summary>Kestrel with the routes of one repository, however connections come.</summary>
internal static class HttpHost
{
    /// <summary>The request line with tags and a command, and all headers; more is an attack.</summary>
    private const int MaxRequestHead = 128 << 10;

    /// <summary>Each put takes at most 24 MiB.</summary>
    private const int MaxConnections = 256;

    /// <summary>Received and not yet taken, or sent and not yet gone, for each connection: keeps a fast link busy.</summary>
    private const int BufferLength = 1 << 20;

    /// <summary>Lines end in CR LF: what a bare LF ends, two readers may see differently.</summary>
    private const string StrictLines = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>Builds it; it is not started.</summary>
    /// <param name="repository">Not disposed.</param>
    /// <param name="authentication">Says who asks.</param>
    /// <param name="logs">From which level on things are logged, as JSON on standard error.</param>
    /// <param name="stopWithin">How long running requests may go on after a stop is asked for.</param>
    /// <param name="configure">Says where connections come from.</param>
    public static WebApplication Build(
        EmbeddedRepository repository, Authentication authentication, LogLevel logs, TimeSpan stopWithin, Action<WebApplicationBuilder> configure)
    {
        AppContext.SetSwitch(StrictLines, true);

        // Nothing of the machine's environment or of files beside the program decides how this server is.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = [], ContentRootPath = "/" });
        builder.Logging.AddJsonConsole().SetMinimumLevel(logs).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = stopWithin);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel((_, kestrel) =>
        {
            kestrel.AddServerHeader = false;
            Limit(kestrel.Limits);
        });
        configure(builder);
        var application = builder.Build();
        application.UseRouting();
        new Routes(repository, authentication, application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("streamback")).Map(application);
        return application;
    }

    private static void Limit(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = MaxConnections;
        limits.MaxRequestLineSize = MaxRequestHead;
        limits.MaxRequestHeadersTotalSize = MaxRequestHead;
        limits.MaxRequestBufferSize = BufferLength;
        limits.MaxResponseBufferSize = BufferLength;

        // A stream has no length to be limited by, and its sender may wait for a database; ApiCall.Patience bounds that.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
    }
}
