using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StreamBack.Micro.Index;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Micro.Keeping;

/// <summary>
/// A prune at scale: what it takes to plan it, and to do it, when two of <see cref="ManySnapshots"/> have gone, each in a process of its own, whose memory nothing else
/// has touched. Chunks are of 1 KiB and compress to nothing, so that what is written anew is entries, not bytes of streams, whose copying takes its time besides.
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
            using (var keys = ScaleRepository.Keys())
            {
                var repository = Open(folder, keys);
                new Removals(repository).Remove([.. repository.Snapshots.Read(error => throw error, error => throw error).Take(2)], "bench");
            }

            var plan = InItsOwnProcess(folder, "plan");
            var done = InItsOwnProcess(folder, "prune");
            Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>(plan) { ["doneSeconds"] = done["seconds"], ["doneAnonymous"] = done["anonymous"] }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Measures one, and prints a JSON object.</summary>
    /// <param name="what">plan or prune.</param>
    public static void Measure(string folder, string what)
    {
        using var keys = ScaleRepository.Keys();
        var repository = Open(folder, keys);
        var (before, peak, clock) = (Anonymous(), 0L, Stopwatch.StartNew());
        using var timer = new Timer(_ => peak = Math.Max(peak, Anonymous()), null, 0, SampleEvery);
        using var prune = new Prune(repository, TimeSpan.Zero, what == "plan", Console.Error.WriteLine, new TransferProgress(), CancellationToken.None);
        var report = prune.Run();
        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>
        {
            ["snapshots"] = ManySnapshots.Count,
            ["bundles"] = report.LiveBundles + report.UnusedBundles + report.RewrittenBundles,
            ["unused"] = report.UnusedBundles,
            ["rewritten"] = report.RewrittenBundles,
            ["seconds"] = clock.Elapsed.TotalSeconds,
            ["anonymous"] = peak - before,
        }));
    }

    private static Dictionary<string, double> InItsOwnProcess(string folder, string what)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [ChildVerb, folder, what]) { RedirectStandardOutput = true })!;
        var result = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"{what} ended with {child.ExitCode}");
        return JsonSerializer.Deserialize<Dictionary<string, double>>(result)!;
    }

    private static OpenRepository Open(string folder, RepositoryKeys keys)
    {
        var store = new LocalDirectory(folder, new Disk());
        return new OpenRepository(store, RepositoryConfig.Read(store.ReadConfig()!) with { Repository = keys.Repository.ToString() }, keys);
    }

    private static long Anonymous()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
