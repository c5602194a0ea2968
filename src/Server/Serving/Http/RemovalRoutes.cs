using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>What drops snapshots, and brings them back.</summary>
internal static class RemovalRoutes
{
    /// <summary><c>DELETE /snapshots/NAME@WHICH</c></summary>
    public static async Task Remove(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Remove, path.Name.ToString());
        await Do(call, repository => repository.Remove([repository.Find(path.Selector())])).ConfigureAwait(false);
    }

    /// <summary><c>POST /snapshots/NAME@WHICH/hold</c>, <c>…/release</c></summary>
    public static async Task Hold(ApiCall call, SnapshotPath path, bool held)
    {
        call.Access.Require(Capabilities.Maintain, path.Name.ToString());
        await Do(call, repository => repository.Hold(repository.Find(path.Selector()), held)).ConfigureAwait(false);
    }

    /// <summary><c>GET /removed?prefix=</c></summary>
    public static async Task List(ApiCall call)
    {
        call.Access.Require(Capabilities.List);
        var prefix = call.Context.Request.Query["prefix"].ToString();
        await LinesAnswer.Send(call, ProtocolJson.Default.RemovedSnapshot, (damaged, _) => call.Limited().Removed(damaged)
            .Where(removed => removed.Name.StartsWith(prefix, StringComparison.Ordinal))).ConfigureAwait(false);
    }

    /// <summary><c>POST /removed</c>: which of these were.</summary>
    public static async Task Among(ApiCall call)
    {
        call.Access.Require(Capabilities.List);
        var asked = await RequestJson.Read(call, WireJson.Default.RemovedIds).ConfigureAwait(false);
        var removed = await ApiCall.Block(() => call.Limited().WereRemoved([.. asked.Ids.OfType<string>()])).ConfigureAwait(false);
        await call.Context.Response.WriteAsJsonAsync(new RemovedIds([.. removed]), WireJson.Default.RemovedIds).ConfigureAwait(false);
    }

    /// <summary><c>POST /undelete</c></summary>
    public static async Task Undelete(ApiCall call)
    {
        call.Access.Require(Capabilities.Remove);
        var order = await RequestJson.Read(call, WireJson.Default.UndeleteOrder).ConfigureAwait(false);
        await Do(call, repository =>
        {
            // Whoever may not see it is told that it is not there.
            var removed = repository.Removed(_ => { }).FirstOrDefault(removed => removed.Id == order.Id && call.Access.Covers(removed.Name))
                ?? throw new RepositoryException(ErrorCode.NotFound, "No such snapshot was removed");
            repository.Undelete(removed);
        }).ConfigureAwait(false);
    }

    /// <summary><c>POST /forget</c></summary>
    public static async Task Forget(ApiCall call)
    {
        call.Access.Require(Capabilities.Remove | Capabilities.List);
        var request = (await RequestJson.Read(call, WireJson.Default.ForgetOrder).ConfigureAwait(false)).ToRequest();
        await LinesAnswer.Send(call, ProtocolJson.Default.RetentionDecision, (_, _) => call.Limited().Forget(request)).ConfigureAwait(false);
    }

    private static async Task Do(ApiCall call, Action<EmbeddedRepository> work)
    {
        await ApiCall.Block(() =>
        {
            work(call.Repository.For(call.Caller.Name));
            return true;
        }).ConfigureAwait(false);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
