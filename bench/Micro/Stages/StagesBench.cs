using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;

namespace StreamBack.Micro.Stages;

/// <summary>
/// CPU seconds that no deduplicating, encrypting tool can leave out, measured on a series: the stages by themselves, on the
/// product's own classes, one after another on one thread, with no repository, no index and no deltas. What
/// <c>bench/compare</c> asks for by STREAMBACK_STAGES.
/// </summary>
/// <remarks>Put: read a pipe, SHA-256 of the stream, cut, SHA-256 of chunks, and for new ones zstd, AES, SHA-256 of
/// bundles. Get: AES and zstd of each byte once, SHA-256 of the stream, write a pipe. What runs at the
/// other end of the pipe is not counted.</remarks>
internal static class StagesBench
{
    /// <summary>What everything is run on once before it counts: enough to have it compiled.</summary>
    private const string WarmUp = "48M";

    /// <summary>Measures, and prints one JSON object with the keys of <c>bench/plan.py</c>.</summary>
    /// <param name="files">The versions of a series, in order.</param>
    public static void Run(string[] files)
    {
        using var keys = RepositoryKeys.New(RepositoryId.New());
        using (var rehearsal = new FrameStore(keys))
            Get.Run(rehearsal, Put.Run(rehearsal, keys, "head", "-c", WarmUp, files[0]));

        using var frames = new FrameStore(keys);
        var seconds = new Dictionary<string, double>();
        var first = Measure("put-1", () => Put.Run(frames, keys, "cat", files[0]));
        Measure("again", () => Put.Run(frames, keys, "cat", files[0]));
        var newest = first;
        for (var version = 2; version <= files.Length; version++)
            newest = Measure($"put-{version}", () => Put.Run(frames, keys, "cat", files[version - 1]));
        Measure("get-1", () => Get.Run(frames, first));
        Measure("get-newest", () => Get.Run(frames, newest));
        Console.WriteLine(JsonSerializer.Serialize(seconds));

        PutResult Measure(string step, Func<PutResult> run)
        {
            var before = Environment.CpuUsage.TotalTime;
            var result = run();
            seconds[step] = Math.Round((Environment.CpuUsage.TotalTime - before).TotalSeconds, 3);
            return result;
        }
    }
}
