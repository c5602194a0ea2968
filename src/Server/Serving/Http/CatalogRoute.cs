using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>GET /snapshots/NAME@WHICH/catalog</c>: what is at a path, in a folder, or below it, one JSON object a line.</summary>
internal static class CatalogRoute
{
    /// <summary>Bytes of lines sent at once: some hundreds of members.</summary>
    private const int LineBlock = 64 << 10;

    /// <summary>Sends the lines. It takes a turn, as a get does.</summary>
    public static async Task Run(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Get, path.Name.ToString());
        var query = call.Context.Request.Query;
        var place = RawQuery.Paths(call.Context.Request.QueryString).FirstOrDefault([]);
        var depth = query.TryGetValue("depth", out var asked) ? asked.ToString() : Wire.DepthFolder;
        if (depth is not (Wire.DepthSelf or Wire.DepthFolder or Wire.DepthBelow))
            throw new RepositoryException(ErrorCode.Usage, $"'depth' is {Wire.DepthSelf}, {Wire.DepthFolder} or {Wire.DepthBelow}");
        var snapshot = await ApiCall.Block(() => GetRoute.Open(call).Find(path.Selector())).ConfigureAwait(false);
        call.Context.Response.Headers.ContentLocation = Routes.Snapshot(snapshot) + "/catalog";
        GetRoute.Mark(call.Context.Response, snapshot);
        await StreamRun.Run(call, StreamKind.Get, ended =>
        {
            using var tree = call.Repository.OpenTree(snapshot, ended);
            var entries = Entries(tree, place, depth, query.ContainsKey("all"));
            call.BeginLines();
            using var target = new ResponseBodyStream(call.Context.Response.BodyWriter, call.Flow, ended);
            Write(target, entries);
            return true;
        }).ConfigureAwait(false);
    }

    private static IEnumerable<CatalogEntry> Entries(ISnapshotTree tree, byte[] place, string depth, bool all)
    {
        var found = tree.Find(place) ?? throw new RepositoryException(ErrorCode.NotFound, "The snapshot has no such member");
        return depth switch
        {
            Wire.DepthSelf => all ? tree.At(place) : [found],
            Wire.DepthFolder => tree.Folder(place, all),
            _ => tree.Below(place, all),
        };
    }

    // What goes wrong on the way is told among the lines, too: the answer has begun.
    private static void Write(ResponseBodyStream target, IEnumerable<CatalogEntry> entries)
    {
        using var lines = new BufferedStream(target, LineBlock);
        try
        {
            foreach (var entry in entries)
            {
                JsonSerializer.Serialize(lines, MemberInfo.Of(entry), ProtocolJson.Default.MemberInfo);
                lines.WriteByte((byte)'\n');
            }

            lines.Write(JsonSerializer.SerializeToUtf8Bytes(new ControlLine(End: true), WireJson.Default.ControlLine));
            lines.WriteByte((byte)'\n');
        }
        catch (RepositoryException error)
        {
            lines.Write(JsonSerializer.SerializeToUtf8Bytes(new ControlLine(Error: Failure.Of(error)), WireJson.Default.ControlLine));
            lines.WriteByte((byte)'\n');
            throw;
        }
    }
}
