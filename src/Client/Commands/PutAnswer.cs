using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary>What <c>put --json</c> prints; member names are a contract. The last three only for who may get everything.</summary>
internal sealed record PutAnswer(
    string Id, string Name, DateTime Time, string Kind, long Length, string? Sha256, long? Members, long Chunks,
    long? NewChunks, long? NewChunkBytes, long? StoredBytes)
{
    /// <summary>The answer for a snapshot.</summary>
    public static PutAnswer Of(SnapshotInfo info) => new(
        info.Id, info.Name, info.Time, info.Kind, info.Length, info.Sha256, info.Members, info.Chunks,
        info.NewChunks, info.NewChunkBytes, info.StoredBytes);
}
