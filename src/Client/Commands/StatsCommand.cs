using System.CommandLine;
using System.Globalization;
using System.Text;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>stats</c></summary>
internal static class StatsCommand
{
    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create("stats", "Sizes and saving of the whole repository, and what removing would free", "streamback stats", [], [], Run);

    private static int Run(CommandContext context)
    {
        using var repository = context.Reach();
        var stats = repository.Stats();
        if (context.Json)
            CommandContext.Answer(stats, ProtocolJson.Default.RepositoryStats);
        else
            CommandContext.Answer(Describe(stats));
        return 0;
    }

    private static string Describe(RepositoryStats stats)
    {
        var deltas = stats.Chunks == 0 ? 0 : 100.0 * stats.DeltaChunks / stats.Chunks;
        return string.Create(CultureInfo.InvariantCulture, $"""
            snapshots   {stats.Snapshots}, {Sizes.Bytes(stats.StreamBytes)} of streams
            chunks      {stats.Chunks}, {Sizes.Bytes(stats.ChunkBytes)} before compression, {deltas:0.0} % of them deltas
            bundles     {stats.Bundles}, {Sizes.Bytes(stats.BundleBytes)}
            index       {Sizes.Bytes(stats.IndexBytes)}
            other       {Sizes.Bytes(stats.OtherBytes)}
            in all      {Sizes.Bytes(stats.TotalBytes)}, {Sizes.Saving(stats.StreamBytes, stats.TotalBytes)}
            {(stats.Removing is { } gains ? Describe(gains) : "what removing would free is not known: streamback check tells why")}
            """);
    }

    private static string Describe(RemovalGains gains)
    {
        var text = new StringBuilder("removing would free, about:\n");
        foreach (var name in gains.Names)
        {
            var alone = name.Snapshots.Select(snapshot => snapshot.Bytes).ToList();
            text.Append(CultureInfo.InvariantCulture, $"  {Sizes.Bytes(name.Bytes),9}  {name.Name}{(alone.Count > 1 ? $", all {alone.Count}; one of them alone {Sizes.Bytes(alone.Min())} to {Sizes.Bytes(alone.Max())}" : "")}\n");
        }

        if (gains.RemovedSnapshots > 0)
            text.Append(CultureInfo.InvariantCulture, $"  {Sizes.Bytes(gains.RemovedBytes),9}  {Sizes.Count(gains.RemovedSnapshots, "snapshot")} removed already, once their grace has ended\n");
        return text.Append(CultureInfo.InvariantCulture, $"  {Sizes.Bytes(gains.UnusedBytes),9}  what no snapshot needs").ToString();
    }
}
