using System.Text.Json;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>What is about the whole repository.</summary>
internal static class RepositoryRoutes
{
    private static string Version { get; } = typeof(RepositoryRoutes).Assembly.GetName().Version!.ToString(3);

    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(1);

    /// <summary><c>GET /repository</c></summary>
    public static Task Describe(ApiCall call) => call.Context.Response.WriteAsJsonAsync(
        new RepositoryAnswer(call.Repository.Id.ToString(), Version, call.Access.Capabilities.Names(), call.Access.Prefixes),
        HttpJson.Default.RepositoryAnswer);

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
        var progress = new TransferProgress();
        call.Context.Response.ContentType = "application/x-ndjson";
        var checking = ApiCall.Block(() => call.Repository.Check(readData, progress, call.Aborted));
        while (await Task.WhenAny(checking, Task.Delay(BetweenLines)).ConfigureAwait(false) != checking)
            await Line(call, JsonSerializer.SerializeToUtf8Bytes(new ProgressAnswer(progress.Bytes), HttpJson.Default.ProgressAnswer)).ConfigureAwait(false);
        await Line(call, JsonSerializer.SerializeToUtf8Bytes(await checking.ConfigureAwait(false), ProtocolJson.Default.CheckReport)).ConfigureAwait(false);
    }

    private static async Task Line(ApiCall call, byte[] json)
    {
        await call.Context.Response.Body.WriteAsync((byte[])[.. json, (byte)'\n'], call.Aborted).ConfigureAwait(false);
        await call.Context.Response.Body.FlushAsync(call.Aborted).ConfigureAwait(false);
    }
}
