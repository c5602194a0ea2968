using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>GET</c> and <c>HEAD /snapshots/NAME@WHICH</c>: the stream, or one range of it.</summary>
internal static class GetRoute
{
    /// <summary>Sends the stream.</summary>
    public static async Task Run(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Get, path.Name.ToString());
        if (call.Context.Request.Query.ContainsKey("path"))
            throw new RepositoryException(ErrorCode.Unsupported, "This build gives whole streams, no parts of them");
        var selector = path.Selector();
        if (call.Repository.IsSealed)
            throw new RepositoryException(ErrorCode.Denied, "This server is sealed: it stores and lists, and opens nothing. With the full key, and objects allowed, streamback opens by itself what it gets");
        var snapshot = await ApiCall.Block(() => call.Repository.Find(selector)).ConfigureAwait(false);
        var asked = call.Context.Request.GetTypedHeaders();
        if (call.Server.Damaged.Find(snapshot.Id) is { } found)
            await EnsureMended(call, snapshot, found, isWhole: HttpMethods.IsGet(call.Context.Request.Method) && asked.Range is null).ConfigureAwait(false);
        var tag = new EntityTagHeaderValue($"\"{snapshot.Id}\"");
        Describe(call.Context.Response, snapshot);
        if (RangeAnswer.Begin(call.Context, tag, snapshot.Length, Condition(asked, tag, selector), out var range))
            await StreamRun.Run(call, StreamKind.Get, ended => Send(call, snapshot, range, ended)).ConfigureAwait(false);
    }

    private static int? Condition(RequestHeaders asked, EntityTagHeaderValue tag, SnapshotSelector selector)
    {
        if (Conditions.Status(asked, tag) is { } status)
            return status;

        // What is latest now may not be what the part came from that is to be continued.
        return !selector.IsId && ByteRange.ContinuesSomething(asked) ? StatusCodes.Status412PreconditionFailed : null;
    }

    private static void Describe(HttpResponse response, SnapshotInfo snapshot)
    {
        response.GetTypedHeaders().LastModified = snapshot.Received;
        response.Headers.ContentLocation = Routes.Snapshot(snapshot);
        response.Headers[Wire.DigestHeader] = Wire.Digest(snapshot.Sha256!);
        response.ContentType = snapshot.Kind == SnapshotKinds.Tar ? Wire.TarType : Wire.RawType;
        if (snapshot.IsPartial)
            response.Headers[Wire.MarksHeader] = string.Join(Wire.MarkSeparator, snapshot.Marks);
    }

    // One that was found wrong is read to its end before a byte of it is sent again: somebody may have mended it.
    private static async Task EnsureMended(ApiCall call, SnapshotInfo snapshot, string found, bool isWhole)
    {
        if (!isWhole)
            throw new RepositoryException(ErrorCode.Corrupt, found);
        await StreamRun.Run(call, StreamKind.Get, ended =>
        {
            call.Repository.Get(snapshot, Stream.Null, prefix: null, new TransferProgress(), ended);
            call.Server.Damaged.Forget([snapshot.Id]);
            return true;
        }).ConfigureAwait(false);
    }

    private static bool Send(ApiCall call, SnapshotInfo snapshot, ByteRange? range, CancellationToken ended)
    {
        using var target = new ResponseBodyStream(call.Context.Response.BodyWriter, call.Flow, ended);
        try
        {
            if (range is { } part)
                call.Repository.GetRange(snapshot, target, part.From, part.Length, ended);
            else if (call.Context.Request.Headers[Wire.VerifiesHeader] == Wire.VerifiesHash)
                call.Repository.GetUnvouched(snapshot, cut => call.Context.Response.Headers[Wire.CutHeader] = cut.ToString(), target, ended);
            else
                call.Repository.Get(snapshot, target, prefix: null, new TransferProgress(), ended);
            return true;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            call.Server.Damaged.Add(snapshot.Id, error.Message);
            throw;
        }
    }
}
