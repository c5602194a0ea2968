namespace StreamBack.Protocol;

/// <summary>A snapshot that was removed.</summary>
/// <param name="Id">64 hex digits.</param>
/// <param name="Name">Its name.</param>
/// <param name="Removed">When, by the repository's clock.</param>
/// <param name="By">Whose doing it was.</param>
/// <param name="Until">Until when it can be taken back; null if it cannot any more.</param>
/// <param name="Snapshot">Its facts, for as long as it can be taken back.</param>
public sealed record RemovedSnapshot(string Id, string Name, DateTime Removed, string By, DateTime? Until = null, SnapshotInfo? Snapshot = null);

/// <summary>How long removed snapshots rest.</summary>
public static class Grace
{
    /// <summary>Two weeks: whoever is on holiday when a policy or an intruder removes too much still comes back in time.</summary>
    public static TimeSpan Default { get; } = TimeSpan.FromDays(14);
}
