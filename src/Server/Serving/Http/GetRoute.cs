using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>GET</c> and <c>HEAD /snapshots/NAME@WHICH</c>: the stream, or one range of it.</summary>
internal sealed class GetRoute
{
    // Ids of those whose hash was wrong once: nobody gets them again as if nothing had been.
    private readonly ConcurrentDictionary<string, string> damaged = new();

    /// <summary>Sends the stream.</summary>
    public async Task Run(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Get, path.Name.ToString());
        if (call.Context.Request.Query.ContainsKey("path"))
            throw new RepositoryException(ErrorCode.Unsupported, "This build gives whole streams, no parts of them");
        var selector = path.Selector();
        var snapshot = await ApiCall.Block(() => call.Repository.Find(selector)).ConfigureAwait(false);
        if (damaged.TryGetValue(snapshot.Id, out var message))
            throw new RepositoryException(ErrorCode.Corrupt, message);
        var asked = call.Context.Request.GetTypedHeaders();
        var tag = new EntityTagHeaderValue($"\"{snapshot.Id}\"");
        Describe(call.Context.Response, snapshot, tag);
        if (Condition(asked, tag, selector) is { } status)
        {
            call.Context.Response.StatusCode = status;
            return;
        }

        var range = ByteRange.Read(asked, tag, snapshot.Length, out var satisfiable);
        if (!satisfiable)
        {
            call.Context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            call.Context.Response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(snapshot.Length);
            return;
        }

        call.Context.Response.ContentLength = range?.Length ?? snapshot.Length;
        if (range is { } part)
        {
            call.Context.Response.StatusCode = StatusCodes.Status206PartialContent;
            call.Context.Response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(part.From, part.From + part.Length - 1, snapshot.Length);
        }

        if (!HttpMethods.IsHead(call.Context.Request.Method))
            await ApiCall.Block(() => Send(call, snapshot, range)).ConfigureAwait(false);
    }

    private static int? Condition(RequestHeaders asked, EntityTagHeaderValue tag, SnapshotSelector selector)
    {
        if (asked.Headers.IfMatch.Count > 0 && !asked.IfMatch.Any(wanted => wanted.Equals(EntityTagHeaderValue.Any) || wanted.Compare(tag, useStrongComparison: true)))
            return StatusCodes.Status412PreconditionFailed;
        if (asked.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
            return StatusCodes.Status304NotModified;

        // What is latest now may not be what the part came from that is to be continued.
        return !selector.IsId && ByteRange.ContinuesSomething(asked) ? StatusCodes.Status412PreconditionFailed : null;
    }

    private static void Describe(HttpResponse response, SnapshotInfo snapshot, EntityTagHeaderValue tag)
    {
        var headers = response.GetTypedHeaders();
        headers.ETag = tag;
        headers.LastModified = snapshot.Received;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ContentLocation = Routes.Snapshot(snapshot);
        response.Headers[Wire.DigestHeader] = Wire.Digest(snapshot.Sha256!);
        response.Headers.XContentTypeOptions = "nosniff";
        response.ContentType = snapshot.Kind == SnapshotKinds.Tar ? Wire.TarType : Wire.RawType;
        if (snapshot.IsPartial)
            response.Headers[Wire.MarksHeader] = string.Join(Wire.MarkSeparator, snapshot.Marks);
    }

    private bool Send(ApiCall call, SnapshotInfo snapshot, ByteRange? range)
    {
        using var target = new ResponseBodyStream(call.Context.Response.BodyWriter, ApiCall.Patience, call.Aborted);
        try
        {
            if (range is { } part)
                call.Repository.GetRange(snapshot, target, part.From, part.Length, call.Aborted);
            else
                call.Repository.Get(snapshot, target, prefix: null, new TransferProgress(), call.Aborted);
            return true;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            damaged[snapshot.Id] = error.Message;
            throw;
        }
    }
}
