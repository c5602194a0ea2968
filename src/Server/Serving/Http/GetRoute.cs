using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary>
/// <c>GET</c> and <c>HEAD /snapshots/NAME@WHICH</c>: the stream, or one range of it; <c>GET …/frames</c>: what the stream is made of.
/// </summary>
internal static class GetRoute
{
    /// <summary>Sends the stream.</summary>
    public static async Task Run(ApiCall call, SnapshotPath path)
    {
        if (call.Context.Request.Query.ContainsKey("path"))
        {
            call.Access.Require(Capabilities.Get, path.Name.ToString());
            await PartRoute.Run(call, path).ConfigureAwait(false);
            return;
        }

        var (snapshot, selector) = await Find(call, path).ConfigureAwait(false);
        var asked = call.Context.Request.GetTypedHeaders();
        await EnsureMended(call, snapshot, isWhole: HttpMethods.IsGet(call.Context.Request.Method) && asked.Range is null).ConfigureAwait(false);
        var tag = new EntityTagHeaderValue($"\"{snapshot.Id}\"");
        Describe(call.Context.Response, snapshot);
        if (RangeAnswer.Begin(call.Context, tag, snapshot.Length, Condition(call.Context.Request.Method, asked, tag, snapshot, selector), out var range))
            await Send(call, snapshot, (target, ended) =>
            {
                if (range is { } part)
                    call.Repository.GetRange(snapshot, target, part.From, part.Length, ended);
                else
                    call.Repository.Get(snapshot, target, prefix: null, new TransferProgress(), ended);
            }).ConfigureAwait(false);
    }

    /// <summary>Sends the frames that the stream is stored in, to a reader that compares its hash; from <c>from=N</c> on.</summary>
    public static async Task RunFrames(ApiCall call, SnapshotPath path)
    {
        var (snapshot, _) = await Find(call, path).ConfigureAwait(false);
        var from = From(call.Context.Request.Query["from"], snapshot.Length);
        await EnsureMended(call, snapshot, isWhole: from == 0).ConfigureAwait(false);
        Describe(call.Context.Response, snapshot);
        call.Context.Response.ContentType = FrameAnswer.MediaType;
        await Send(call, snapshot, (target, ended) => call.Repository.GetFrames(snapshot, target, from, call.Access, ended)).ConfigureAwait(false);
    }

    private static async Task<(SnapshotInfo Snapshot, SnapshotSelector Selector)> Find(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Get, path.Name.ToString());
        var selector = path.Selector();
        var repository = Open(call);
        return (await ApiCall.Block(() => repository.Find(selector)).ConfigureAwait(false), selector);
    }

    /// <summary>The repository, if what it stores can be opened here.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>.</exception>
    public static EmbeddedRepository Open(ApiCall call) => call.Repository.IsSealed
        ? throw new RepositoryException(ErrorCode.Denied, "This server is sealed: it stores and lists, and opens nothing. With the full key, and objects allowed, streamback opens by itself what it gets")
        : call.Repository;

    private static long From(string? text, long length)
    {
        if (text is null)
            return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var from) && from <= length
            ? from
            : throw new RepositoryException(ErrorCode.Usage, $"'from' is an offset in the stream's {length} bytes");
    }

    private static int? Condition(string method, RequestHeaders asked, EntityTagHeaderValue tag, SnapshotInfo snapshot, SnapshotSelector selector)
    {
        if (Conditions.Status(asked, tag, snapshot.Received) is { } status)
            return status;

        // What is latest now may not be what the part came from that is to be continued.
        return HttpMethods.IsGet(method) && !selector.IsId && ByteRange.ContinuesSomething(asked) ? StatusCodes.Status412PreconditionFailed : null;
    }

    private static void Describe(HttpResponse response, SnapshotInfo snapshot)
    {
        response.GetTypedHeaders().LastModified = snapshot.Received;
        response.Headers.ContentLocation = Routes.Snapshot(snapshot);
        response.Headers[Wire.DigestHeader] = Wire.Digest(snapshot.Sha256!);
        response.ContentType = snapshot.Kind == SnapshotKinds.Tar ? Wire.TarType : Wire.RawType;
        Mark(response, snapshot);
    }

    /// <summary>Tells what is particular: that the source did not finish, or that the tar stops being one.</summary>
    public static void Mark(HttpResponse response, SnapshotInfo snapshot)
    {
        if (snapshot.Marks.Count > 0)
            response.Headers[Wire.MarksHeader] = string.Join(Wire.MarkSeparator, snapshot.Marks);
    }

    // One that was found wrong is read to its end before a byte of it is sent again: somebody may have mended it.
    private static async Task EnsureMended(ApiCall call, SnapshotInfo snapshot, bool isWhole)
    {
        if (call.Server.Damaged.Find(snapshot.Id) is not { } found)
            return;
        if (!isWhole)
            throw new RepositoryException(ErrorCode.Corrupt, found);
        await StreamRun.Run(call, StreamKind.Get, ended =>
        {
            call.Repository.Get(snapshot, Stream.Null, prefix: null, new TransferProgress(), ended);
            call.Server.Damaged.Forget([snapshot.Id]);
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Sends what is written, and remembers damage.</summary>
    public static Task<bool> Send(ApiCall call, SnapshotInfo snapshot, Action<Stream, CancellationToken> send) => StreamRun.Run(call, StreamKind.Get, ended =>
    {
        using var target = new ResponseBodyStream(call.Context.Response.BodyWriter, call.Flow, ended);
        return Remember(call, snapshot, () => send(target, ended));
    });

    /// <summary>Reads something of a snapshot, and remembers damage.</summary>
    public static bool Remember(ApiCall call, SnapshotInfo snapshot, Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            call.Server.Damaged.Add(snapshot.Id, error.Message);
            throw;
        }
    }
}
