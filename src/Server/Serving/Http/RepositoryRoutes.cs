using System.Globalization;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary>What is about the whole repository.</summary>
internal static class RepositoryRoutes
{
    private static string Version { get; } = typeof(RepositoryRoutes).Assembly.GetName().Version!.ToString(3);

    /// <summary>Seconds beyond any calendar, of which a span holds no more.</summary>
    private const long MostSeconds = 1L << 39;

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
        var stats = await StreamRun.Run(call, StreamKind.Check, _ => call.Repository.Stats()).ConfigureAwait(false);
        await call.Context.Response.WriteAsJsonAsync(stats, ProtocolJson.Default.RepositoryStats).ConfigureAwait(false);
    }

    /// <summary><c>POST /check?data=1&amp;max-seconds=N&amp;max-bytes=N</c>: tells how far it is each second, then what it found.</summary>
    public static async Task Check(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Maintain);
        var request = Read(call.Context.Request.Query);
        request.EnsureSensible();
        var report = await Run(call, StreamKind.Check, (progress, ended) => call.Served().Check(request, progress, ended)).ConfigureAwait(false);
        await call.WriteLine(report, ProtocolJson.Default.CheckReport).ConfigureAwait(false);
    }

    /// <summary><c>POST /snapshots/NAME@WHICH/verify</c>: tells how far it is each second, then the snapshot's facts.</summary>
    public static async Task Verify(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Maintain, path.Name.ToString());
        var snapshot = await ApiCall.Block(() => call.Repository.Find(path.Selector())).ConfigureAwait(false);
        var verified = await Run(call, StreamKind.Verify, (progress, ended) =>
        {
            call.Served().Verify(snapshot, progress, ended);
            return snapshot with { Verified = DateTime.UtcNow };
        }).ConfigureAwait(false);
        await call.WriteLine(call.Shown(verified), ProtocolJson.Default.SnapshotInfo).ConfigureAwait(false);
    }

    /// <summary><c>POST /prune?dry-run=1</c>: tells how far it is each second, then what it did.</summary>
    public static async Task Prune(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Maintain);
        var dryRun = call.Context.Request.Query["dry-run"] == "1";
        var report = await Run(call, StreamKind.Prune, (progress, ended) => call.Served().Prune(dryRun, progress, ended)).ConfigureAwait(false);
        await call.WriteLine(report, ProtocolJson.Default.PruneReport).ConfigureAwait(false);
    }

    /// <summary><c>GET /checks</c>: what came of checks, prunes and policies, newest first.</summary>
    public static Task Checks(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Maintain);
        return LinesAnswer.Send(call, ProtocolJson.Default.DutyResult, (_, _) => call.Served().Log.All());
    }

    // data=1 is all of it, data=25% a part.
    private static CheckRequest Read(IQueryCollection query)
    {
        var data = query["data"].ToString();
        var part = data is "" or "0" or "1" ? 1 : data.EndsWith('%') && double.TryParse(data.AsSpan(0, data.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            ? percent / 100
            : throw new RepositoryException(ErrorCode.Usage, "'data' is 1, or a part such as 25%");
        return new CheckRequest(data is not ("" or "0"), part, Number(query, "max-seconds") is { } seconds ? TimeSpan.FromSeconds(Math.Min(seconds, MostSeconds)) : null, Number(query, "max-bytes"));
    }

    private static long? Number(IQueryCollection query, string name) => query[name].ToString() is not { Length: > 0 } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new RepositoryException(ErrorCode.Usage, $"'{name}' is a whole number");

    private static async Task<T> Run<T>(ApiCall call, StreamKind kind, Func<TransferProgress, CancellationToken, T> work)
    {
        var progress = new TransferProgress();
        call.BeginLines();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = StreamRun.Run(call, kind, ended =>
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
