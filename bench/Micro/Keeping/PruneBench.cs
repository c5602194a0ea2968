using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StreamBack.Micro.Index;
using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Micro.Keeping;

/// <summary>
/// A prune at scale: what it takes to plan it, and to do it, when two of <see cref="ManySnapshots"/> have gone, in a process of its own, whose memory nothing else
/// has touched. Chunks are of 8 bytes, so that what is written anew is entries, not bytes of streams, whose copying takes its time besides.
/// </summary>
internal static class PruneBench
{
    /// <summary>What the measuring process is called with.</summary>
    public const string ChildVerb = "prune-measures";

    private const int SampleEvery = 20; // milliseconds between looks at the memory

    /// <summary>Makes, measures, prints a JSON object, and deletes.</summary>
    public static void Run(double millions)
    {
        var folder = Directory.CreateTempSubdirectory("streamback-prune-").FullName;
        try
        {
            ManySnapshots.Make(folder, (long)(millions * 1_000_000));
            using var child = Process.Start(Environment.ProcessPath!, [ChildVerb, folder]);
            child.WaitForExit();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Measures.</summary>
    public static void Measure(string folder)
    {
        using var keys = ScaleRepository.Keys();
        var store = new LocalDirectory(folder, new Disk());
        var repository = new OpenRepository(store, RepositoryConfig.Read(store.ReadConfig()!) with { Repository = keys.Repository.ToString() }, keys);
        var snapshots = repository.Snapshots.Read(error => throw error, error => throw error);
        new Removals(repository).Remove([.. snapshots.Take(2)], "bench");
        var (report, seconds, anonymous) = Measure(repository, dryRun: true);
        var (_, doneSeconds, doneAnonymous) = Measure(repository, dryRun: false);
        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>
        {
            ["snapshots"] = snapshots.Count,
            ["bundles"] = report.LiveBundles + report.UnusedBundles + report.RewrittenBundles,
            ["unused"] = report.UnusedBundles,
            ["rewritten"] = report.RewrittenBundles,
            ["seconds"] = seconds,
            ["anonymous"] = anonymous,
            ["doneSeconds"] = doneSeconds,
            ["doneAnonymous"] = doneAnonymous,
        }));
    }

    private static (PruneReport Report, double Seconds, long Anonymous) Measure(OpenRepository repository, bool dryRun)
    {
        GC.Collect();
        var (before, peak, clock) = (Anonymous(), 0L, Stopwatch.StartNew());
        using var timer = new Timer(_ => peak = Math.Max(peak, Anonymous()), null, 0, SampleEvery);
        using var prune = new Prune(repository, TimeSpan.Zero, dryRun, Console.Error.WriteLine, new TransferProgress(), CancellationToken.None);
        var report = prune.Run();
        return (report, clock.Elapsed.TotalSeconds, peak - before);
    }

    private static long Anonymous()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
