using System.Diagnostics;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Storage;

namespace StreamBack.Micro.Index;

/// <summary>
/// Fills a repository by the product's own writers: half of all chunks in a first put, the rest in equal puts on 364 days,
/// each with its flush and its merge. Bundles are those of <see cref="ScaleBundle"/>.
/// </summary>
internal static class YearOfPuts
{
    private const int Days = 365;
    private const int LookUps = 1_000_000;

    /// <summary>Makes the repository and says what is on disk.</summary>
    public static void Make(string folder, long chunks)
    {
        var clock = Stopwatch.StartNew();
        using var keys = ScaleRepository.Keys();
        var store = ScaleRepository.Create(folder);
        using var session = store.OpenSession();
        using var index = ChunkIndex.Open(store, keys, session, Console.Error.WriteLine);
        using var bundles = new BundleWriter(store, keys, session, ChunkClass.Content, domain: 1);
        var put = 0L;
        for (var day = 0; day < Days; day++)
        {
            var end = chunks / 2 + chunks * day / (2 * (Days - 1));
            for (; put < end; put = Math.Min(end, put + ScaleBundle.Chunks))
                index.Add(ScaleBundle.Write(bundles, put, end), session);
            index.Flush(session);
            if (day == 0)
                LookUpNew(index);
            index.Merge(session);
        }

        Console.WriteLine($"{chunks:N0} chunks in {index.Bundles.Count:N0} bundles, {Days} puts; made in {clock.Elapsed.TotalSeconds:N0} s");
        Console.WriteLine($"index files by records: {string.Join(", ", index.Files.Select(file => file.Records).OrderDescending().Select(records => $"{records:N0}"))}");
        var bytes = index.Files.Sum(file => file.Length);
        Console.WriteLine($"index on disk: {bytes / (1 << 20):N0} MiB, {(double)bytes / chunks:0.0} bytes a chunk; written in all {index.WrittenBytes / (1 << 20):N0} MiB");
    }

    // The first put goes on asking for new chunks until its end, with the index files that it has by then. Twice, since
    // the first time reads the filters.
    private static void LookUpNew(ChunkIndex index)
    {
        AskForStrangers(index);
        var before = Environment.CpuUsage.TotalTime;
        AskForStrangers(index);
        var seconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        Console.WriteLine($"at the end of the first put, before its merge: {index.Files.Count} index files, {LookUps / seconds:N0} new ids/s");
    }

    private static void AskForStrangers(ChunkIndex index)
    {
        for (var number = 0; number < LookUps; number++)
            index.TryFind(ScaleRepository.ChunkId(ScaleRepository.Strange + number), ChunkClass.Content, out _);
    }

    private static void Add(this ChunkIndex index, WrittenBundle bundle, ISessionLock session) =>
        index.Add(bundle.Id, ChunkClass.Content, bundle.Entries, session);
}
