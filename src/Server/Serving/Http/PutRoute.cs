using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>PUT /snapshots/NAME</c>: the body is the stream.</summary>
internal static class PutRoute
{
    /// <summary>Stores the body.</summary>
    public static async Task Run(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Put, path.Name.ToString());
        if (path.Which is not null)
            throw new RepositoryException(ErrorCode.Usage, $"A put takes a name, and gives the snapshot its id: {path.Name}");
        EnsureWhole(call.Context.Request.Headers);
        var request = Read(path.Name, call.Context.Request.Query, call.Access);
        var source = new RequestBodySource(call.Context.Request.BodyReader, ApiCall.Patience, call.Aborted);
        var snapshot = await ApiCall.Block(() => call.Repository.Put(request, source, new TransferProgress(), call.Aborted)).ConfigureAwait(false);
        call.Context.Response.StatusCode = request.DryRun ? StatusCodes.Status200OK : StatusCodes.Status201Created;
        if (!request.DryRun)
            call.Context.Response.Headers.ContentLocation = Routes.Snapshot(snapshot);
        var shown = call.Shown(snapshot) with { Notices = call.Notices.Count > 0 ? call.Notices : null };
        await call.Context.Response.WriteAsJsonAsync(shown, ProtocolJson.Default.SnapshotInfo).ConfigureAwait(false);
    }

    // Either would be stored as if it were the stream (RFC 9110, 14.5): a rest that curl -C sends, and what gzip made of it.
    private static void EnsureWhole(IHeaderDictionary headers)
    {
        if (headers.ContentRange.Count > 0)
            throw new RepositoryException(ErrorCode.Usage, "A put takes a whole stream, no Content-Range of one");
        if (headers.ContentEncoding.Any(coding => !string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase)))
            throw new RepositoryException(ErrorCode.Unsupported, $"A put takes the stream as it is, without Content-Encoding '{headers.ContentEncoding}'");
    }

    private static PutRequest Read(SnapshotName name, IQueryCollection query, Access access)
    {
        var allow = query["allow"];
        if (allow.Any(word => word is not ("truncated" or "empty")))
            throw new RepositoryException(ErrorCode.Usage, "'allow' is truncated or empty");
        var request = new PutRequest
        {
            Name = name,
            Tags = [.. query["tag"].OfType<string>()],
            Command = query.ContainsKey("command") ? [.. query["command"].OfType<string>()] : null,
            Time = UtcTime.Parse(query["time"]),
            Raw = IsSet(query, "raw"),
            DryRun = IsSet(query, "dry-run"),
            AllowTruncated = allow.Contains("truncated"),
            AllowEmpty = allow.Contains("empty"),
        };
        if (request.Time is not null)
            access.Require(Capabilities.Maintain);
        return request;
    }

    private static bool IsSet(IQueryCollection query, string name) => query[name].ToString() switch
    {
        "" or "0" => false,
        "1" => true,
        var other => throw new RepositoryException(ErrorCode.Usage, $"'{name}' is 0 or 1, not '{other}'"),
    };
}
