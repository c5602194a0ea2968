using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Metrics;
using StreamBack.Server.Serving.Quotas;

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
        var snapshot = await StreamRun.Run(call, StreamKind.Put, ended => request.DryRun ? Try(call, request, ended) : call.Server.FailedPuts.Watch(request.Name.ToString(), () => Store(call, request, ended))).ConfigureAwait(false);
        await Answer(call, snapshot, call.Notices).ConfigureAwait(false);
    }

    /// <summary>Tells the facts of a snapshot that was made, or in a dry run would be.</summary>
    /// <param name="notices">What the user should know: a line each.</param>
    public static Task Answer(ApiCall call, SnapshotInfo snapshot, IReadOnlyCollection<string> notices)
    {
        var isThere = snapshot.Id.Length > 0;
        call.Context.Response.StatusCode = isThere ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        if (isThere)
            call.Context.Response.Headers.ContentLocation = Routes.Snapshot(snapshot);
        var shown = call.Shown(snapshot) with { Notices = notices.Count > 0 ? [.. notices] : null };
        return call.Context.Response.WriteAsJsonAsync(shown, ProtocolJson.Default.SnapshotInfo);
    }

    /// <summary>Reads what is asked for.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, <see cref="ErrorCode.Denied"/>.</exception>
    public static PutRequest Read(SnapshotName name, IQueryCollection query, Access access)
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

    // Either would be stored as if it were the stream (RFC 9110, 14.5): a rest that curl -C sends, and what gzip made of it.
    private static void EnsureWhole(IHeaderDictionary headers)
    {
        if (headers.ContentRange.Count > 0)
            throw new RepositoryException(ErrorCode.Usage, "A put takes a whole stream, no Content-Range of one");
        if (headers.ContentEncoding.Any(coding => !string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase)))
            throw new RepositoryException(ErrorCode.Unsupported, $"A put takes the stream as it is, without Content-Encoding '{headers.ContentEncoding}'");
    }

    private static SnapshotInfo Try(ApiCall call, PutRequest request, CancellationToken ended) => call.Repository.Put(request, call.Body(ended), new TransferProgress(), ended);

    private static SnapshotInfo Store(ApiCall call, PutRequest request, CancellationToken ended)
    {
        using var share = call.Server.Quota.Begin(request.Name, call.Caller.Quota);
        share.Expect(call.Context.Request.ContentLength ?? 0);
        var snapshot = call.Repository.Put(request, new QuotaSource(call.Body(ended), share), new TransferProgress(), ended);
        call.Server.Metrics.Stored(snapshot.StoredBytes ?? 0);
        return snapshot;
    }

    private static bool IsSet(IQueryCollection query, string name) => query[name].ToString() switch
    {
        "" or "0" => false,
        "1" => true,
        var other => throw new RepositoryException(ErrorCode.Usage, $"'{name}' is 0 or 1, not '{other}'"),
    };
}
