using System.Text;
using System.Xml;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Metrics;
using StreamBack.Server.Serving.Views;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Serving.Http.Dav;

/// <summary>Read-only WebDAV, class 1 (RFC 4918): docs/design/webdav.md.</summary>
internal static class DavRoutes
{
    /// <summary>Where it begins.</summary>
    public const string Root = "/dav";

    /// <summary>The method that asks what is there.</summary>
    public const string PropFindMethod = "PROPFIND";

    private const string XmlType = "application/xml; charset=utf-8";

    /// <summary>Bytes sent at once: some hundreds of members.</summary>
    private const int Block = 64 << 10;

    // What breaks off has no end, and so is no XML.
    private static readonly XmlWriterSettings Xml = new() { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), WriteEndDocumentOnClose = false };

    /// <summary>Adds the addresses.</summary>
    /// <param name="router">Where to.</param>
    /// <param name="answer">What is asked of every request.</param>
    public static void Map(Router router, Func<Func<ApiCall, Task>, RequestDelegate> answer)
    {
        foreach (var pattern in new[] { Root, Root + "/{**path}" })
        {
            router.Map(HttpMethods.Options, pattern, answer(Describe));
            router.Map(PropFindMethod, pattern, answer(PropFind));
            router.Map(HttpMethods.Get, pattern, answer(Get));
            router.Map(HttpMethods.Head, pattern, answer(Get));
        }
    }

    private static Task Describe(ApiCall call)
    {
        call.Context.Response.Headers["DAV"] = "1";
        call.Context.Response.Headers.Allow = "OPTIONS, PROPFIND, GET, HEAD";
        return Task.CompletedTask;
    }

    private static async Task Get(ApiCall call)
    {
        var path = Path(call.Context);
        var view = new RepositoryView(GetRoute.Open(call), call.Access);
        try
        {
            if (path.Which is null)
            {
                await ApiCall.Block(() => view.Look(path, withChildren: false, call.Aborted).First()).ConfigureAwait(false);
                throw new NoContentsException([], "a folder") { IsFolder = true };
            }

            // What mounts reads here and there, and rarely says of what: mixing snapshots is for it to notice, by the tag.
            var snapshot = await ApiCall.Block(() => view.Snapshot(path)).ConfigureAwait(false);
            await MemberRoute.Send(call, snapshot, path.Member, isFixed: true).ConfigureAwait(false);
        }
        catch (NoContentsException found) when (!found.IsFolder)
        {
            throw new RepositoryException(ErrorCode.NotFound, $"{found.Message}; what is neither file nor folder is not shown here", found);
        }
        catch (NoContentsException)
        {
            call.Context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            call.Context.Response.Headers.Allow = "OPTIONS, PROPFIND";
        }
    }

    private static async Task PropFind(ApiCall call)
    {
        var path = Path(call.Context);
        call.Access.Require(Capabilities.Get);
        var request = await DavRequest.Read(call).ConfigureAwait(false);
        var depth = call.Context.Request.Headers["Depth"].ToString();
        if (depth is not ("0" or "1"))
        {
            await RefuseDepth(call.Context.Response).ConfigureAwait(false);
            return;
        }

        var view = new RepositoryView(GetRoute.Open(call), call.Access);
        await StreamRun.Run(call, StreamKind.Get, ended =>
        {
            using var nodes = view.Look(path, withChildren: depth == "1", ended).GetEnumerator();
            nodes.MoveNext();
            Write(call, nodes, request, ended);
            return true;
        }).ConfigureAwait(false);
    }

    // The node itself first, by the address that was asked for.
    private static void Write(ApiCall call, IEnumerator<ViewNode> nodes, DavRequest request, CancellationToken ended)
    {
        var response = call.Context.Response;
        response.StatusCode = StatusCodes.Status207MultiStatus;
        response.ContentType = XmlType;
        var target = new BufferedStream(new ResponseBodyStream(response.BodyWriter, call.Flow, ended), Block);
        var address = $"{Root}/{Address(call.Context).Trim('/')}".TrimEnd('/');
        using (var writer = XmlWriter.Create(target, Xml))
        {
            writer.WriteStartDocument();
            writer.WriteStartElement("D", "multistatus", DavProperties.Namespace);
            WriteNode(writer, nodes.Current, address, request);
            while (nodes.MoveNext())
                WriteNode(writer, nodes.Current, $"{address}/{nodes.Current.Piece}", request);
            writer.WriteEndElement();
        }

        target.Flush();
    }

    private static void WriteNode(XmlWriter writer, ViewNode node, string address, DavRequest request)
    {
        writer.WriteStartElement("response", DavProperties.Namespace);
        writer.WriteElementString("href", DavProperties.Namespace, node.IsFolder ? address + "/" : address);
        DavProperties.Write(writer, node, request);
        writer.WriteEndElement();
    }

    // RFC 4918, 9.1: a server may refuse to tell of everything at once, and says so in these words.
    private static Task RefuseDepth(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status403Forbidden;
        response.ContentType = XmlType;
        return response.WriteAsync("""<?xml version="1.0" encoding="utf-8"?><D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>""");
    }

    private static ViewPath Path(HttpContext context) => ViewPath.Parse(Address(context)) ?? throw new RepositoryException(ErrorCode.NotFound, "Nothing can have such a name");

    // As it was sent: what is no UTF-8 is lost in what the framework makes of it.
    private static string Address(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        if (!target.StartsWith('/') && target.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
            target = target.IndexOf('/', scheme + 3) is > 0 and var begin ? target[begin..] : "/";
        return target.StartsWith(Root, StringComparison.Ordinal) ? target[Root.Length..] : throw new RepositoryException(ErrorCode.NotFound, "There is nothing at this address");
    }
}
