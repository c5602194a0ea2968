using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Http.Dav;
using StreamBack.Server.Serving.Http.Page;
using StreamBack.Server.Serving.Http.Sessions;
using StreamBack.Server.Serving.Limits;

namespace StreamBack.Server.Serving.Http;

/// <summary>Every address of docs/design/wire-protocol.md, and the order of what is asked of each request.</summary>
internal sealed partial class Routes(ServerParts server, SessionRoutes sessions, ILogger logger)
{
    private const string Snapshots = Wire.Base + "snapshots/";
    private const string Sessions = Wire.Base + "sessions";
    private const string Objects = Wire.Base + "objects/";

    /// <summary>A snapshot's fixed address.</summary>
    public static string Snapshot(SnapshotInfo snapshot) => $"{Snapshots}{snapshot.Name}@{snapshot.Id}";

    /// <summary>Adds them.</summary>
    public void Map(Router router)
    {
        router.Map(HttpMethods.Get, "/healthz", context => context.Response.WriteAsync("ok\n"));
        router.Map(HttpMethods.Get, "/metrics", context => Answer(context, MetricsRoute.Run, needsKey: false));
        router.Map(HttpMethods.Get, Wire.Base + "repository", context => Answer(context, RepositoryRoutes.Describe, needsKey: false));
        router.Map(HttpMethods.Put, Wire.Base + "session-key", context => Answer(context, SessionKeyRoute.Run, needsKey: false));
        router.Map(HttpMethods.Get, Wire.Base + "stats", context => Answer(context, RepositoryRoutes.Stats));
        router.Map(HttpMethods.Get, Wire.Base + "checks", context => Answer(context, RepositoryRoutes.Checks, needsKey: false));
        router.Map(HttpMethods.Get, Wire.Base + "late", context => Answer(context, ListRoutes.Late));
        router.Map(HttpMethods.Post, Wire.Base + "check", context => Answer(context, RepositoryRoutes.Check, needsKey: false));
        router.Map(HttpMethods.Post, Wire.Base + "prune", context => Answer(context, RepositoryRoutes.Prune, needsKey: false));
        router.Map(HttpMethods.Post, Wire.Base + "forget", context => Answer(context, RemovalRoutes.Forget));
        router.Map(HttpMethods.Post, Wire.Base + "undelete", context => Answer(context, RemovalRoutes.Undelete));
        router.Map(HttpMethods.Get, Wire.Base + "removed", context => Answer(context, RemovalRoutes.List));
        router.Map(HttpMethods.Post, Wire.Base + "removed", context => Answer(context, RemovalRoutes.Among));
        router.Map(HttpMethods.Get, Wire.Base + "diff", context => Answer(context, SearchRoutes.Diff));
        router.Map(HttpMethods.Get, Wire.Base + "find", context => Answer(context, SearchRoutes.Find));
        router.Map(HttpMethods.Post, Sessions, context => Answer(context, sessions.Begin));
        router.Map(HttpMethods.Get, Sessions + "/{id}", context => Answer(context, call => sessions.Tell(call, Value(context, "id"))));
        router.Map(HttpMethods.Delete, Sessions + "/{id}", context => Answer(context, call => sessions.Abandon(call, Value(context, "id"))));
        router.Map(HttpMethods.Post, Sessions + "/{id}/records", context => Answer(context, call => sessions.Take(call, Value(context, "id"))));
        router.Map(HttpMethods.Post, Sessions + "/{id}/commit", context => Answer(context, call => sessions.Commit(call, Value(context, "id"))));
        MapRead(router, Objects + "{kind}", ObjectRoutes.List, needsKey: false);
        MapRead(router, Objects + "{kind}/{id}", ObjectRoutes.Get, needsKey: false);
        router.Map(HttpMethods.Put, Objects + "{kind}/{id}", context => Answer(context, ObjectRoutes.Put, needsKey: false));
        router.Map(HttpMethods.Delete, Objects + "{kind}/{id}", context => Answer(context, ObjectRoutes.Remove, needsKey: false));
        router.Map(HttpMethods.Post, Wire.Base + "sign-in", context => Answer(context, call => SignInRoutes.SignIn(server.Authentication, call.Caller, context), needsKey: false));
        router.Map(HttpMethods.Post, Wire.Base + "sign-out", context => SignOut(context));
        router.Map(HttpMethods.Get, SignInRoutes.OpenPath, context => SignInRoutes.Open(server.Authentication, context));
        router.Map(HttpMethods.Get, Wire.Base + "ticket", context => Answer(context, call => SignInRoutes.Ticket(server.Authentication, call.Caller, context), needsKey: false));
        PageFiles.Map(router);
        DavRoutes.Map(router, work => context => Answer(context, work));
        router.Map(HttpMethods.Get, Wire.Base + "snapshots", context => Answer(context, ListRoutes.All));
        router.Map(HttpMethods.Put, Snapshots + "{**path}", context => Answer(context, call => PutRoute.Run(call, Path(context))));
        router.Map(HttpMethods.Post, Snapshots + "{**path}", context => Answer(context, call => Path(context) switch
        {
            { Part: "tags" } path => ListRoutes.Tag(call, path),
            { Part: "verify" } path => RepositoryRoutes.Verify(call, path),
            { Part: "hold" } path => RemovalRoutes.Hold(call, path, held: true),
            { Part: "release" } path => RemovalRoutes.Hold(call, path, held: false),
            _ => throw Nothing(context),
        }));
        router.Map(HttpMethods.Delete, Snapshots + "{**path}", context => Answer(context, call => Path(context) is { Which: not null, Part: "" } path ? RemovalRoutes.Remove(call, path) : throw Nothing(context)));
        MapRead(router, Snapshots + "{**path}", call => Path(call.Context) switch
        {
            { Which: null } path => ListRoutes.OfName(call, path.Name),
            { Part: "" } path => GetRoute.Run(call, path),
            { Part: "info" } path => ListRoutes.Info(call, path),
            { Part: "member" } path => MemberRoute.Run(call, path),
            { Part: "zip" } path when HttpMethods.IsGet(call.Context.Request.Method) => PartRoute.RunZip(call, path),
            { Part: "catalog" } path when HttpMethods.IsGet(call.Context.Request.Method) => CatalogRoute.Run(call, path),
            { Part: "frames" } path when HttpMethods.IsGet(call.Context.Request.Method) => GetRoute.RunFrames(call, path),
            _ => throw Nothing(call.Context),
        });
    }

    /// <summary>What stands in a request's path in the place of a pattern's name.</summary>
    public static string Value(HttpContext context, string name) => context.Features.GetRequiredFeature<RouteMatch>().Values[name];

    private void MapRead(Router router, string pattern, Func<ApiCall, Task> work, bool needsKey = true)
    {
        foreach (var method in new[] { HttpMethods.Get, HttpMethods.Head })
            router.Map(method, pattern, context => Answer(context, work, needsKey));
    }

    private static RepositoryException Unknown(HttpContext context) => new(
        ErrorCode.Denied,
        context.Request.Headers.Authorization.Count > 0
            ? "No token that is known: it was revoked, or cut, or is for another server (streamback token list tells on the server which there are)"
            : "No token: send Authorization: Bearer TOKEN (streamback: STREAMBACK_TOKEN, or the configuration; WebDAV: as the password)");

    private static RepositoryException Nothing(HttpContext context) => new(ErrorCode.NotFound, $"There is nothing at {context.Request.Path}");

    private static SnapshotPath Path(HttpContext context) => SnapshotPath.Parse(Value(context, "path"));

    private async Task Answer(HttpContext context, Func<ApiCall, Task> work, bool needsKey = true)
    {
        var tally = context.Features.GetRequiredFeature<RequestTally>();
        Caller? caller = null;
        try
        {
            caller = server.Authentication.Find(context);
            tally.Who = caller?.Name ?? tally.Who;
            if (caller is null)
                throw Unknown(context);
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = null;
            OriginCheck.Ensure(context);
            RequestForm.Check(context);
            if (needsKey)
                server.Repository.EnsureKey();
            var notices = new List<string>();
            var flow = new BodyFlow(PaceOf(context), server.Limits.Patience, tally, server.Metrics);
            try
            {
                await work(new ApiCall(context, caller, server.Repository.Telling(line =>
                {
                    lock (notices)
                        notices.Add(line);
                }), notices, server, flow)).ConfigureAwait(false);
            }
            finally
            {
                // Who puts is told in the answer; who reads is in the midst of a stream.
                if (HttpMethods.IsGet(context.Request.Method))
                    notices.ForEach(line => Noticed(caller.Name, ServerLog.Short(line)));
            }
        }
        catch (RepositoryException error)
        {
            tally.Error = error.Code;
            Tell(context, tally.Who, error);
            await ErrorAnswer.Send(context, error, known: caller is not null).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            tally.Left = true;

            // Gone, or standing still: an answer that has begun must not end as if it were whole, nor wait to be taken.
            context.Abort();
        }
    }

    // It needs no right, so nobody is asked who they are.
    private async Task SignOut(HttpContext context)
    {
        try
        {
            await SignInRoutes.SignOut(server.Authentication, context).ConfigureAwait(false);
        }
        catch (RepositoryException error)
        {
            context.Features.GetRequiredFeature<RequestTally>().Error = error.Code;
            await ErrorAnswer.Send(context, error, known: true).ConfigureAwait(false);
        }
    }

    // The rate is the connection's, however many requests come over it.
    private Pace PaceOf(HttpContext context)
    {
        if (server.Limits.BodyRate == 0 || context.Features.Get<IConnectionItemsFeature>()?.Items is not { } items)
            return Pace.Unlimited;
        if (items.TryGetValue(typeof(Pace), out var found) && found is Pace pace)
            return pace;
        items[typeof(Pace)] = pace = new Pace(server.Limits.BodyRate);
        return pace;
    }

    // What a wrong request says is its sender's: it may quote tags or a command.
    private void Tell(HttpContext context, string who, RepositoryException error)
    {
        var isOfMember = error.Code == ErrorCode.NotFound && (context.Request.Path.StartsWithSegments(DavRoutes.Root, StringComparison.Ordinal) || context.Request.Query.ContainsKey("path"));
        if (error.Code != ErrorCode.Usage)
            Failed(who, error.Code.Name(), isOfMember ? "there is no such snapshot or member" : ServerLog.Short(error.Message));
    }

    [LoggerMessage(EventId = 15, Level = LogLevel.Warning, Message = "{Who} was served: {Notice}")]
    private partial void Noticed(string who, string notice);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "{Who} {Code}: {Problem}")]
    private partial void Failed(string who, string code, string problem);
}
