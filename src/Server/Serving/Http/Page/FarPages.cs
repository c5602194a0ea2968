using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Http.Dav;
using StreamBack.Server.Serving.Tokens;

namespace StreamBack.Server.Serving.Http.Page;

/// <summary>The page and WebDAV of a server elsewhere, on this machine: what only reads is passed on, and asked for there with the user's own rights.</summary>
/// <param name="far">Sends a request to the other server, and gives its answer, whatever it is.</param>
/// <param name="tokens">Who may ask here.</param>
public sealed class FarPages(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> far, TokenStore tokens)
{
    /// <summary>Bytes of the body of a request: a PROPFIND's.</summary>
    private const int MaxBody = 64 << 10;

    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(2);

    /// <summary>What is told of a request, and of its answer; everything else is between two neighbours.</summary>
    private static readonly HashSet<string> Asked = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept", "Depth", "Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Content-Type",
    };

    /// <summary>What is passed on: it reads, and no more than the page needs.</summary>
    private static readonly (string Methods, string Pattern)[] Passed =
    [
        ("GET", Wire.Base + "repository"), ("GET", Wire.Base + "snapshots"), ("GET HEAD", Wire.Base + "snapshots/{**path}"), ("GET", Wire.Base + "find"), ("GET", Wire.Base + "diff"), ("GET", Wire.Base + "late"), ("GET", Wire.Base + "checks"),
        ($"GET HEAD OPTIONS {DavRoutes.PropFindMethod}", DavRoutes.Root), ($"GET HEAD OPTIONS {DavRoutes.PropFindMethod}", DavRoutes.Root + "/{**path}"),
    ];

    private static readonly HashSet<string> Kept = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Transfer-Encoding", "Set-Cookie", "WWW-Authenticate", "Date",
    };

    private readonly Authentication authentication = new(tokens, new Caller("nobody", new Access(0, [])));

    /// <summary>Serves until it is told to stop.</summary>
    /// <param name="port">Of the loopback; 0 for any.</param>
    /// <param name="started">Told once requests are taken.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/> if the port is taken.</exception>
    public async Task Run(int port, Action<StartedServer> started, CancellationToken stop)
    {
        using var logs = ServerLog.Open(LogLevel.Error);
        await using var application = HttpHost.Build(Answer(), Limit, StopWithin, logs, builder => builder.WebHost.ConfigureKestrel((_, kestrel) =>
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1)));
        await ServerSocket.Start(application, path: null).ConfigureAwait(false);
        var taken = application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        started(new StartedServer([.. taken], () => { }, authentication.Invite));
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        using var cut = new CancellationTokenSource(StopWithin);
        await application.StopAsync(cut.Token).ConfigureAwait(false);
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxBody;
        kestrel.Limits.MinResponseDataRate = null;
    }

    private RequestDelegate Answer()
    {
        var router = new Router();
        PageFiles.Map(router);
        router.Map(HttpMethods.Get, SignInRoutes.OpenPath, context => SignInRoutes.Open(authentication, context));
        router.Map(HttpMethods.Post, Wire.Base + "sign-in", context => ForKnown(context, caller => SignInRoutes.SignIn(authentication, caller, context)));
        router.Map(HttpMethods.Post, Wire.Base + "sign-out", context => Guarded(context, () => SignInRoutes.SignOut(authentication, context)));
        router.Map(HttpMethods.Get, Wire.Base + "ticket", context => ForKnown(context, caller => SignInRoutes.Ticket(authentication, caller, context)));
        foreach (var (methods, pattern) in Passed)
        {
            foreach (var method in methods.Split(' '))
                router.Map(method, pattern, context => ForKnown(context, _ => PassOn(context)));
        }

        var hosts = new KnownHosts([], [], null);
        return context =>
        {
            context.Features.Set(new RequestTally());
            context.Response.Headers.CacheControl = RequestPipeline.NotKept;
            return HostCheck.Run(hosts, context, router.Run);
        };
    }

    private Task ForKnown(HttpContext context, Func<Caller, Task> work) => Guarded(context, () =>
    {
        var caller = authentication.Find(context) ?? throw new RepositoryException(ErrorCode.Denied, "Nobody who is known: open the address that was printed");
        OriginCheck.Ensure(context);
        RequestForm.Check(context);
        context.Features.GetRequiredFeature<RequestTally>().Who = caller.Name;
        return work(caller);
    });

    private static async Task Guarded(HttpContext context, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (RepositoryException error)
        {
            var known = context.Features.GetRequiredFeature<RequestTally>().Who != RequestTally.Nobody;
            await ErrorAnswer.Send(context, error, known).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or HttpRequestException)
        {
            context.Abort();
        }
    }

    private async Task PassOn(HttpContext context)
    {
        var ended = context.RequestAborted;
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), AddressOf(context));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, ended).ConfigureAwait(false);
        request.Content = body.Length > 0 ? new ByteArrayContent(body.ToArray()) : null;
        foreach (var (name, values) in context.Request.Headers.Where(header => Asked.Contains(header.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        using var answer = await far(request, ended).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
            throw new RepositoryException(ErrorCode.Failed, "The other server does not know who asks any more: begin again");
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !Kept.Contains(header.Key)))
            context.Response.Headers[name] = values.ToArray();

        // Whatever the other server says: nothing of it runs here.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = SafeContent.Policy;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        using var bytes = await answer.Content.ReadAsStreamAsync(ended).ConfigureAwait(false);
        await bytes.CopyToAsync(context.Response.Body, ended).ConfigureAwait(false);
    }

    // As it was sent, and where it was routed: two readers must not see two addresses in it.
    private static Uri AddressOf(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var isOurs = target.StartsWith(Wire.Base, StringComparison.Ordinal) || target.StartsWith(DavRoutes.Root, StringComparison.Ordinal);
        return isOurs && !target.Contains('\\', StringComparison.Ordinal) && !target.Contains('#', StringComparison.Ordinal)
            ? new Uri(target, UriKind.Relative)
            : throw new RepositoryException(ErrorCode.Usage, "There is nothing at this address");
    }
}
