using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>What looks into more than one snapshot.</summary>
internal static class SearchRoutes
{
    /// <summary><c>GET /diff?from=NAME@WHICH&amp;to=NAME@WHICH&amp;path=</c></summary>
    public static async Task Diff(ApiCall call)
    {
        var (from, to) = (Selector(call, "from"), Selector(call, "to"));
        var path = RawQuery.Paths(call.Context.Request.QueryString).FirstOrDefault([]);
        var repository = GetRoute.Open(call);
        var (before, after) = await ApiCall.Block(() => (repository.Find(from), repository.Find(to))).ConfigureAwait(false);
        await LinesAnswer.Send(call, ProtocolJson.Default.TreeChange, (_, ended) => repository.Diff(before, after, path, ended)).ConfigureAwait(false);
    }

    /// <summary><c>GET /find?pattern=&amp;name=</c></summary>
    public static Task Find(ApiCall call)
    {
        var query = call.Context.Request.Query;
        var request = new SearchRequest(RawQuery.Pattern(call.Context.Request.QueryString), query.TryGetValue("name", out var name) ? name.ToString() : null) { By = call.Access };
        request.EnsureAllowed();
        var repository = GetRoute.Open(call);
        return LinesAnswer.Send(call, ProtocolJson.Default.FoundMember, (damaged, ended) => repository.Search(request, damaged, ended));
    }

    private static SnapshotSelector Selector(ApiCall call, string name)
    {
        var selector = SnapshotSelector.Parse(call.Context.Request.Query[name].ToString());
        call.Access.Require(Capabilities.Get, selector.Name.ToString());
        return selector;
    }
}
