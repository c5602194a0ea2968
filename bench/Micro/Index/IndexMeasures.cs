using System.Globalization;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Storage;

namespace StreamBack.Micro.Index;

/// <summary>
/// What the index costs, one step after another in a fresh process, with files in the page cache: CPU time, so that rates and
/// seconds leave out other processes' turns.
/// </summary>
/// <param name="folder">Made by <see cref="YearOfPuts"/>.</param>
/// <param name="chunks">With as many chunks.</param>
internal sealed class IndexMeasures(string folder, long chunks)
{
    private const int LookUps = 1_000_000;
    private const int Opens = 5;

    private readonly LocalDirectory store = new(folder, new Disk());
    private readonly long atStart = AnonymousBytes();

    /// <summary>Measures and prints.</summary>
    public void Run()
    {
        using var keys = ScaleRepository.Keys();
        var before = Cpu();
        var index = ChunkIndex.Open(store, keys, session: null, Console.Error.WriteLine);
        Print("first open in the process", (Cpu() - before) * 1e3, "ms");
        LookUp("a new stream: ids that are not there", index, number => ScaleRepository.Strange + number);
        var random = new Random(5);
        LookUp("known ids in random order", index, _ => random.NextInt64(chunks));
        Follow(index, keys);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Print("open, all filters read, garbage collected", index.Files.Count, "files");
        index.Dispose();
        Print("open again, median", Median.Of(Enumerable.Range(0, Opens).Select(_ => OpenOnce(keys))), "ms");
        MergeAll(keys);
    }

    private void LookUp(string what, ChunkIndex index, Func<long, long> numberOf)
    {
        var before = Cpu();
        var found = 0;
        for (var number = 0; number < LookUps; number++)
            found += index.TryFind(ScaleRepository.ChunkId(numberOf(number)), ChunkClass.Content, out _) ? 1 : 0;
        Print(what, LookUps / (Cpu() - before), $"/s ({found:N0} of {LookUps:N0} found)");
    }

    private void Follow(ChunkIndex index, RepositoryKeys keys)
    {
        using var frames = new FrameCache(store, keys, maxFrames: 1);
        var known = new LocalityCache(index, frames);
        var count = (int)Math.Min(LookUps, chunks);
        var first = (chunks - count) / 2;
        var before = Cpu();
        var found = 0;
        for (var number = first; number < first + count; number++)
            found += known.TryFind(ScaleRepository.ChunkId(number), ChunkClass.Content, out _) ? 1 : 0;
        Print("a known stream, by LocalityCache", count / (Cpu() - before), $"/s ({found:N0} of {count:N0} found, {known.Used.Count:N0} footers)");
    }

    private double OpenOnce(RepositoryKeys keys)
    {
        var before = Cpu();
        using var index = ChunkIndex.Open(store, keys, session: null, Console.Error.WriteLine);
        return (Cpu() - before) * 1e3;
    }

    // As ChunkIndex.Merge, of all files whatever their sizes; nothing is replaced.
    private void MergeAll(RepositoryKeys keys)
    {
        using var session = store.OpenSession();
        using var index = ChunkIndex.Open(store, keys, session: null, Console.Error.WriteLine);
        var before = Cpu();
        using var writer = new IndexFileWriter(store, keys, session, index.Files.Sum(file => file.Records));
        foreach (var bundle in index.Files.SelectMany(file => file.Bundles))
            writer.Cover(bundle);
        foreach (var record in IndexMerge.Records(index.Files))
            writer.Add(record);
        var (_, length) = writer.Commit();
        Print($"merge of all {index.Files.Count} files into {length >> 20:N0} MiB", (Cpu() - before) * 1e3, "ms");
    }

    /// <summary>A line: the figure, and anonymous memory over that of the start.</summary>
    private void Print(string what, double value, string unit)
    {
        var memory = (AnonymousBytes() - atStart) / 1048576.0;
        var figure = $"{value,12:N0} {unit}";
        Console.WriteLine($"{what,-44}{figure,-60}{memory,6:0.0} MiB");
    }

    private static double Cpu() => Environment.CpuUsage.TotalTime.TotalSeconds;

    private static long AnonymousBytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
