using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>GET /metrics</c>: for Prometheus.</summary>
internal static class MetricsRoute
{
    /// <summary>Answers.</summary>
    public static async Task Run(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Maintain);
        var text = await ApiCall.Block(() => Write(call.Server)).ConfigureAwait(false);
        call.Context.Response.ContentType = MetricsText.Type;
        await call.Context.Response.WriteAsync(text, call.Aborted).ConfigureAwait(false);
    }

    private static string Write(ServerParts server)
    {
        var text = new MetricsText();
        server.Metrics.Write(text);
        text.Gauge("streamback_streams_waiting", "Puts and gets that wait for their turn", server.Gate.Count.Waiting);
        text.Gauge("streamback_memory_anonymous_bytes", "Memory of the process that belongs to no file", ProcessMemory.Anonymous());
        WriteDuties(text, server);
        if (server.Repository.NeedsKey)
            return text.ToString();
        var snapshots = server.Repository.Manifests();
        text.Gauge("streamback_snapshots", "Snapshots that are listed", snapshots.Count);
        text.Gauge("streamback_damaged_snapshots", "Snapshots whose stream was found wrong", server.Damaged.Ids.Count);
        if (snapshots.Count > 0)
            text.Gauge("streamback_newest_snapshot_seconds", "When the newest snapshot was received, in seconds since 1970", Newest(snapshots));
        WriteQuotas(text, server, snapshots);
        WriteLate(text, server);
        return text.ToString();
    }

    // Names appear as far as the configuration has them: whoever reads this need not be allowed to list.
    private static void WriteQuotas(MetricsText text, ServerParts server, IReadOnlyList<SnapshotInfo> snapshots)
    {
        var usage = server.Quota.Usage();
        foreach (var (rule, _) in usage)
            text.Gauge("streamback_quota_bytes", "Bytes of streams that a prefix may have", rule.Bytes, ("prefix", rule.Names));
        foreach (var (rule, used) in usage)
            text.Gauge("streamback_quota_used_bytes", "Bytes of streams that a prefix has, with those underway", used, ("prefix", rule.Names));
        foreach (var (rule, _) in usage)
        {
            var own = snapshots.Where(snapshot => rule.Covers(snapshot.Name)).ToList();
            if (own.Count > 0)
                text.Gauge("streamback_quota_newest_snapshot_seconds", "When a prefix's newest snapshot was received, in seconds since 1970", Newest(own), ("prefix", rule.Names));
        }
    }

    private static void WriteDuties(MetricsText text, ServerParts server)
    {
        var last = server.Served(server.Repository).Log.Last().Values.OrderBy(result => result.Duty, StringComparer.Ordinal).ToList();
        foreach (var result in last)
            text.Gauge("streamback_duty_last_seconds", "When a check, a prune or a policy was last begun, in seconds since 1970", Seconds(result.Began), ("duty", result.Duty));
        foreach (var result in last)
            text.Gauge("streamback_duty_good", "Whether it went well, and found nothing damaged", result.IsGood ? 1 : 0, ("duty", result.Duty));
    }

    private static void WriteLate(MetricsText text, ServerParts server)
    {
        try
        {
            var late = server.Served(server.Repository).Late([]);
            text.Gauge("streamback_late_names", "Names that were not put for longer than they may, or than is usual", late.Count(name => name.Due is not null));
            text.Gauge("streamback_failed_names", "Names whose last put failed", late.Count(name => name.Failed is not null));
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
        {
            // A manifest cannot be read: nobody knows. The others are told all the same.
        }
    }

    private static double Newest(IReadOnlyList<SnapshotInfo> snapshots) => Seconds(snapshots.Max(snapshot => snapshot.Received));

    private static double Seconds(DateTime time) => new DateTimeOffset(time).ToUnixTimeSeconds();
}
