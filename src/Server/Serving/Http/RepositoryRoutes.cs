using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary>What is about the whole repository.</summary>
internal static class RepositoryRoutes
{
    private static string Version { get; } = typeof(RepositoryRoutes).Assembly.GetName().Version!.ToString(3);

    /// <summary>Often enough for a progress line.</summary>
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(1);

    /// <summary><c>GET /repository</c></summary>
    public static Task Describe(ApiCall call) => call.Context.Response.WriteAsJsonAsync(
        new RepositoryDescription(call.Repository.Id.ToString(), Version, call.Access.Capabilities.Names(), call.Access.Prefixes)
        {
            Sealed = call.Repository.IsSealed ? true : null,
            NeedsKey = call.Repository.NeedsKey ? true : null,
        },
        WireJson.Default.RepositoryDescription);

    /// <summary><c>GET /stats</c></summary>
    public static async Task Stats(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Maintain);
        var stats = await ApiCall.Block(call.Repository.Stats).ConfigureAwait(false);
        await call.Context.Response.WriteAsJsonAsync(stats, ProtocolJson.Default.RepositoryStats).ConfigureAwait(false);
    }

    /// <summary><c>POST /check?data=1</c>: tells how far it is each second, then what it found.</summary>
    public static async Task Check(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Maintain);
        var readData = call.Context.Request.Query["data"] == "1";
        var suspects = call.Server.Damaged.Ids;
        var report = await Run(call, (progress, ended) => call.Repository.Check(readData, progress, ended)).ConfigureAwait(false);
        if (report is { DataVerified: true, Problems.Count: 0 })
            call.Server.Damaged.Forget(suspects);
        await call.WriteLine(report, ProtocolJson.Default.CheckReport).ConfigureAwait(false);
    }

    /// <summary><c>POST /prune?dry-run=1</c>: tells how far it is each second, then what it did.</summary>
    public static async Task Prune(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Maintain);
        var dryRun = call.Context.Request.Query["dry-run"] == "1";
        var report = await Run(call, (progress, ended) => call.Repository.Prune(dryRun, progress, ended)).ConfigureAwait(false);
        await call.WriteLine(report, ProtocolJson.Default.PruneReport).ConfigureAwait(false);
    }

    private static async Task<T> Run<T>(ApiCall call, Func<TransferProgress, CancellationToken, T> work)
    {
        var progress = new TransferProgress();
        call.BeginLines();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = StreamRun.Run(call, StreamKind.Check, ended =>
        {
            begun.SetResult();
            return work(progress, ended);
        });

        // Until its turn comes it may still be refused: then nothing has been answered yet.
        await Task.WhenAny(running, begun.Task).ConfigureAwait(false);
        while (await Task.WhenAny(running, Task.Delay(BetweenLines)).ConfigureAwait(false) != running)
            await call.WriteLine(new ControlLine(Bytes: progress.Bytes), WireJson.Default.ControlLine).ConfigureAwait(false);
        try
        {
            return await running.ConfigureAwait(false);
        }
        catch (RepositoryException error) when (call.Context.Response.HasStarted)
        {
            await call.WriteLine(new ControlLine(Error: Failure.Of(error)), WireJson.Default.ControlLine).ConfigureAwait(false);
            throw;
        }
    }
}
