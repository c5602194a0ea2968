using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>Every address of docs/design/wire-protocol.md, and the order of what is asked of each request.</summary>
internal sealed partial class Routes(EmbeddedRepository repository, Authentication authentication, ILogger logger)
{
    private const string Snapshots = Wire.Base + "snapshots/";

    private readonly GetRoute getting = new();

    /// <summary>A snapshot's fixed address.</summary>
    public static string Snapshot(SnapshotInfo snapshot) => $"{Snapshots}{snapshot.Name}@{snapshot.Id}";

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/healthz", context => context.Response.WriteAsync("ok\n"));
        endpoints.MapGet(Wire.Base + "repository", context => Answer(context, RepositoryRoutes.Describe));
        endpoints.MapGet(Wire.Base + "stats", context => Answer(context, RepositoryRoutes.Stats));
        endpoints.MapPost(Wire.Base + "check", context => Answer(context, RepositoryRoutes.Check));
        endpoints.MapGet(Wire.Base + "snapshots", context => Answer(context, ListRoutes.All));
        endpoints.MapPut(Snapshots + "{**path}", context => Answer(context, call => PutRoute.Run(call, Path(context))));
        endpoints.MapPost(Snapshots + "{**path}", context => Answer(context, call => Path(context) switch
        {
            { Part: "tags" } path => ListRoutes.Tag(call, path),
            _ => throw Nothing(context),
        }));
        endpoints.MapMethods(Snapshots + "{**path}", [HttpMethods.Get, HttpMethods.Head], context => Answer(context, call => Path(context) switch
        {
            { Which: null } path => ListRoutes.OfName(call, path.Name),
            { Part: "" } path => getting.Run(call, path),
            { Part: "info" } path => ListRoutes.Info(call, path),
            _ => throw Nothing(context),
        }));
    }

    private static RepositoryException Nothing(HttpContext context) => new(ErrorCode.NotFound, $"There is nothing at {context.Request.Path}");

    // Without a name the last slash may be missing too.
    private static SnapshotPath Path(HttpContext context) =>
        SnapshotPath.Parse(context.Request.Path.Value is { } path && path.Length > Snapshots.Length ? path[Snapshots.Length..] : "");

    private async Task Answer(HttpContext context, Func<ApiCall, Task> work)
    {
        Caller? caller = null;
        var (who, method, path) = ("nobody", context.Request.Method, context.Request.Path);
        try
        {
            caller = authentication.Find(context);
            who = caller?.Name ?? who;
            if (caller is null)
                throw new RepositoryException(ErrorCode.Denied, "No token that is known: send Authorization: Bearer TOKEN");
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = null;
            RequestForm.Check(context);
            var notices = new List<string>();
            await work(new ApiCall(context, caller, repository.Telling(notices.Add), notices)).ConfigureAwait(false);
        }
        catch (RepositoryException error)
        {
            Failed(who, error.Code, error.Message);
            await ErrorAnswer.Send(context, error, known: caller is not null).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Gone(who, path);
        }

        Answered(who, method, path, context.Response.StatusCode);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Who} {Method} {Path} {Status}")]
    private partial void Answered(string who, string method, PathString path, int status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Who} {Code}: {Problem}")]
    private partial void Failed(string who, ErrorCode code, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Who} left {Path} before its end")]
    private partial void Gone(string who, PathString path);
}
