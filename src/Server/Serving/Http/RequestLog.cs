using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Http.Dav;

namespace StreamBack.Server.Serving.Http;

/// <summary>One line in the log for each request, and its place in the metrics. Around everything else that is done with it.</summary>
/// <remarks>Of a request only method and path are told: headers hold tokens, queries tags, commands and members' names. Names in a tar are as secret as what is in it.</remarks>
internal sealed partial class RequestLog(ServerParts server, ILogger logger)
{
    /// <summary>Lets a request be answered, and tells it.</summary>
    public async Task Run(HttpContext context, RequestDelegate next)
    {
        var tally = new RequestTally();
        context.Features.Set(tally);
        var started = Stopwatch.GetTimestamp();
        var (method, path) = (ServerLog.Short(context.Request.Method), ServerLog.Short(PathOf(context)));
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            var (route, known) = RouteOf(context);
            server.Metrics.Answered(route, known, context.Response.StatusCode, tally.Error?.Name());
            var milliseconds = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            Answered(tally.Who, method, path, context.Response.StatusCode, tally.Received, tally.Sent, milliseconds, tally.Left);
        }
    }

    private static string PathOf(HttpContext context)
    {
        var path = context.Request.Path.ToUriComponent();
        var version = path.StartsWith(DavRoutes.Root + "/", StringComparison.Ordinal) ? path.IndexOf("/@", StringComparison.Ordinal) : -1;
        var member = version < 0 ? -1 : path.IndexOf('/', version + 1);
        return member < 0 ? path : path[..member] + "/…";
    }

    // As the server knows them, never as the request says them: there are only so many.
    private static (string Route, string Method) RouteOf(HttpContext context) =>
        context.Features.Get<RouteMatch>() is { } match ? (match.Pattern, context.Request.Method) : ("none", "other");

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "{Who} {Method} {Path} {Status}: {Received} bytes in, {Sent} bytes out, {Milliseconds} ms, left before the end: {Left}")]
    private partial void Answered(string who, string method, string path, int status, long received, long sent, long milliseconds, bool left);
}
