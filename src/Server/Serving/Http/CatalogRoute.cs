using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>GET /snapshots/NAME@WHICH/catalog</c>: what is at a path, in a folder, or below it, one JSON object a line.</summary>
internal static class CatalogRoute
{
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
        await LinesAnswer.Send(call, ProtocolJson.Default.MemberInfo, (_, ended) => Members(call, snapshot, place, depth, query.ContainsKey("all"), ended)).ConfigureAwait(false);
    }

    private static IEnumerable<MemberInfo> Members(ApiCall call, SnapshotInfo snapshot, byte[] place, string depth, bool all, CancellationToken ended)
    {
        using var tree = call.Repository.OpenTree(snapshot, ended);
        foreach (var entry in Entries(tree, place, depth, all))
            yield return MemberInfo.Of(entry);
    }

    private static IEnumerable<CatalogEntry> Entries(ISnapshotTree tree, byte[] place, string depth, bool all)
    {
        var found = tree.Require(place);
        return depth switch
        {
            Wire.DepthSelf => all ? tree.At(place) : [found],
            Wire.DepthFolder => tree.Folder(place, all),
            _ => tree.Below(place, all),
        };
    }
}
