using System.Text.Json.Serialization;

namespace StreamBack.Protocol;

/// <summary>One thing that is wrong, and what it touches.</summary>
/// <param name="What">The damaged or missing object, such as <c>bundle 3fa9…</c>.</param>
/// <param name="Message">What is wrong with it: one line.</param>
/// <param name="Snapshots">The snapshots that need it, as NAME@ID; empty if none does.</param>
public sealed record CheckProblem([property: JsonPropertyName("object")] string What, string Message, IReadOnlyList<string> Snapshots)
{
    /// <summary>After a repair: members of these snapshots that are lost, as NAME@ID:PATH; null if nobody looked.</summary>
    public IReadOnlyList<string>? Members { get; init; }
}

/// <summary>What a check found.</summary>
/// <param name="Snapshots">Snapshots looked at.</param>
/// <param name="Bundles">Bundles looked at.</param>
/// <param name="Chunks">Chunks named in them.</param>
/// <param name="BytesRead">Bytes of stored files that were read and verified.</param>
/// <param name="DataVerified">Whether every chunk was opened and compared with its id.</param>
/// <param name="Problems">Empty if all is well.</param>
/// <param name="BundlesRead">Bundles of which every byte was verified.</param>
public sealed record CheckReport(
    int Snapshots, int Bundles, long Chunks, long BytesRead, bool DataVerified, IReadOnlyList<CheckProblem> Problems, int BundlesRead = 0)
{
    /// <summary>Of a repair: what was mended, a line each; null if none was asked for. Problems are then those that are left.</summary>
    public IReadOnlyList<string>? Mended { get; init; }
}

/// <summary>Sizes of a repository.</summary>
/// <param name="Snapshots">Snapshots in it.</param>
/// <param name="StreamBytes">Bytes of all their streams.</param>
/// <param name="Bundles">Bundles in it.</param>
/// <param name="BundleBytes">Bytes of these.</param>
/// <param name="IndexBytes">Bytes of index files.</param>
/// <param name="OtherBytes">Bytes of manifests, labels and keys.</param>
/// <param name="Chunks">Stored chunks.</param>
/// <param name="ChunkBytes">Bytes of these before compression.</param>
/// <param name="DeltaChunks">Of the chunks, how many are stored as deltas.</param>
public sealed record RepositoryStats(
    int Snapshots, long StreamBytes, int Bundles, long BundleBytes, long IndexBytes, long OtherBytes, long Chunks, long ChunkBytes, long DeltaChunks)
{
    /// <summary>Bytes of all files.</summary>
    public long TotalBytes => BundleBytes + IndexBytes + OtherBytes;

    /// <summary>What removing would free; null if that is not known, because something is damaged.</summary>
    public RemovalGains? Removing { get; init; }
}
