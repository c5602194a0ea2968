using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary><c>/metrics</c>, read by curl and by a strict reader of the format.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task It_counts_what_was_done_and_names_nobody()
    {
        await home.Put("first", [1, 2, 3]);
        home["T"] = await ServerProcess.Token(home, "web1", "put,get,list");
        home["M"] = await ServerProcess.Token(home, "monitor", "maintain");
        using var server = await ServerProcess.Start(home, "--quota", "web1/=1MB");
        home.Write("in", Bytes.Random(100_000, 1));
        (await server.Shell("""
            set -e
            auth="Authorization: Bearer $T"
            curl -sf -T in -H "$auth" $S/web1/secret-name > facts
            curl -sf -H "$auth" $S/web1/secret-name@latest | cmp - in
            curl -sf -H "$auth" $S > list
            curl -s -H "$auth" $S/none@latest > none
            curl -s -X POST $A/nothing/here > none
            curl -s -X BREW $A/healthz > none
            head -c 2000000 /dev/zero | curl -s -T - -H "$auth" $S/web1/big > none || true
            # A request is counted when its answer has gone, and its client may be further by then.
            for turn in $(seq 100); do
              curl -sf -D head -H "Authorization: Bearer $M" $A/metrics > metrics
              test $(grep -c '^streamback_requests_total.*snapshots/{[*][*]path}".*GET' metrics) -lt 2 || break
              sleep 0.1
            done
            """)).Succeeded();
        Assert.Contains("Content-Type: text/plain; version=0.0.4", File.ReadAllText(home.At("head")), StringComparison.Ordinal);
        var text = File.ReadAllText(home.At("metrics"));
        var metrics = Metric.Parse(text);
        Assert.Equal(2, metrics.Count(metric => metric.Name == "streamback_requests_total" && metric.Labels["route"].EndsWith("/snapshots/{**path}", StringComparison.Ordinal) && metric.Labels["method"] == "GET")); // 200 and 404
        Assert.Equal(1, metrics.Single(metric => metric.Name == "streamback_requests_total" && metric.Labels["method"] == "PUT" && metric.Labels["status"] == "201").Value);
        Assert.Equal(2, metrics.Where(metric => metric.Name == "streamback_requests_total" && metric.Labels["route"] == "none").Sum(metric => metric.Value));
        Assert.Equal(1, Metric.Of(metrics, "streamback_errors_total", "code", "full"));
        Assert.Equal(1, Metric.Of(metrics, "streamback_errors_total", "code", "not-found"));
        Assert.Equal(1, metrics.Single(metric => metric.Name == "streamback_streams_ended_total" && metric.Labels["kind"] == "put" && metric.Labels["outcome"] == "done").Value);
        Assert.Equal(1, metrics.Single(metric => metric.Name == "streamback_streams_ended_total" && metric.Labels["kind"] == "put" && metric.Labels["outcome"] == "full").Value);
        Assert.Equal(0, Metric.Of(metrics, "streamback_streams_running", "kind", "put"));
        Assert.Equal(1, Metric.Of(metrics, "streamback_connections"));
        Assert.InRange(Metric.Of(metrics, "streamback_received_bytes_total"), 100_000, 3_000_000);
        Assert.InRange(Metric.Of(metrics, "streamback_sent_bytes_total"), 100_000, 900_000);
        Assert.InRange(Metric.Of(metrics, "streamback_stored_bytes_total"), 100_000, 10_000_000);
        Assert.InRange(Metric.Of(metrics, "streamback_memory_anonymous_bytes"), 1 << 20, 4L << 30);
        Assert.Equal(2, Metric.Of(metrics, "streamback_snapshots"));
        Assert.Equal(100_000, Metric.Of(metrics, "streamback_quota_used_bytes", "prefix", "web1/"));
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - Metric.Of(metrics, "streamback_newest_snapshot_seconds"), -1, 600);
        Assert.DoesNotContain("secret-name", text, StringComparison.Ordinal);
        Assert.DoesNotContain("monitor", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_are_for_who_may_maintain_the_whole_repository()
    {
        await home.Put("first", [1]);
        await ServerProcess.Token(home, "any", "list");
        using var server = await ServerProcess.Start(home);
        Assert.Equal(401, await server.Status("sb1_none", "$A/metrics"));
        Assert.Equal(403, await server.Status(await ServerProcess.Token(home, "a", "put,get,list,remove,objects,objects-put"), "$A/metrics"));
        Assert.Equal(403, await server.Status(await ServerProcess.Token(home, "b", "maintain", "web1/"), "$A/metrics"));
        Assert.Equal(200, await server.Status(await ServerProcess.Token(home, "c", "maintain"), "$A/metrics"));
    }
}
