using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>Lists and facts.</summary>
internal static class ListRoutes
{
    /// <summary><c>GET /snapshots?prefix=</c></summary>
    public static Task All(ApiCall call)
    {
        call.Access.Require(Capabilities.List);
        var prefix = call.Context.Request.Query["prefix"].ToString();
        return Send(call, snapshot => snapshot.Name.StartsWith(prefix, StringComparison.Ordinal) && call.Access.Covers(snapshot.Name));
    }

    /// <summary><c>GET /snapshots/NAME</c></summary>
    public static Task OfName(ApiCall call, SnapshotName name)
    {
        call.Access.Require(Capabilities.List, name.ToString());
        return Send(call, snapshot => snapshot.Name == name.ToString(), name);
    }

    /// <summary><c>GET /snapshots/NAME@WHICH/info</c></summary>
    public static async Task Info(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.List, path.Name.ToString());
        var snapshot = await ApiCall.Block(() => call.Repository.Find(path.Selector())).ConfigureAwait(false);
        await call.Context.Response.WriteAsJsonAsync(call.Shown(new Receipts(call.Server.StateFolder, call.Repository).Shown(snapshot)), ProtocolJson.Default.SnapshotInfo).ConfigureAwait(false);
    }

    /// <summary><c>GET /late?expect=NAME=SECONDS</c></summary>
    public static Task Late(ApiCall call)
    {
        call.Access.Require(Capabilities.List);
        List<LateRule> rules = [.. call.Context.Request.Query[ExpectQuery.Name].OfType<string>().Select(ExpectQuery.Read)];
        return LinesAnswer.Send(call, ProtocolJson.Default.LateName, (_, _) => call.Limited().Late(rules));
    }

    /// <summary><c>POST /snapshots/NAME@WHICH/tags</c></summary>
    public static async Task Tag(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Maintain, path.Name.ToString());
        var change = await RequestJson.Read(call, WireJson.Default.TagChange).ConfigureAwait(false);
        var (add, remove) = (change.Add ?? [], change.Remove ?? []);
        if (add.Concat(remove).Any(tag => tag is null))
            throw new RepositoryException(ErrorCode.Usage, "A tag is a text, not null");
        await ApiCall.Block(() =>
        {
            call.Repository.Tag(call.Repository.Find(path.Selector()), add, remove);
            return true;
        }).ConfigureAwait(false);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task Send(ApiCall call, Func<SnapshotInfo, bool> wanted, SnapshotName? only = null)
    {
        var damaged = new List<RepositoryException>();
        var snapshots = await ApiCall.Block(() => call.Repository.List(damaged.Add).Where(wanted).ToList()).ConfigureAwait(false);
        if (only is { } name && snapshots.Count == 0 && damaged.Count == 0)
            throw new RepositoryException(ErrorCode.NotFound, $"No snapshot has the name '{name}'");
        call.BeginLines();
        foreach (var snapshot in snapshots)
            await call.WriteLine(call.Shown(snapshot), ProtocolJson.Default.SnapshotInfo).ConfigureAwait(false);
        foreach (var error in damaged)
            await call.WriteLine(new ControlLine(Error: Failure.Of(error)), WireJson.Default.ControlLine).ConfigureAwait(false);
        await call.WriteLine(new ControlLine(End: true), WireJson.Default.ControlLine).ConfigureAwait(false);
    }
}
