using System.CommandLine;
using System.Globalization;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>stats</c></summary>
internal static class StatsCommand
{
    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create("stats", "Sizes and saving of the whole repository", "streamback stats", [], [], Run);

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
            """);
    }
}
