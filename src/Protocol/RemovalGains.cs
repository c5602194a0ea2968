namespace StreamBack.Protocol;

/// <summary>What removing would free, once the grace has ended and a prune was run: about as much, in bytes on the disk.</summary>
/// <param name="Names">By name.</param>
/// <param name="RemovedSnapshots">Those that were removed and can be taken back.</param>
/// <param name="RemovedBytes">What they alone keep.</param>
/// <param name="UnusedBytes">What nobody keeps: a prune frees it now, as far as it is worth the writing.</param>
public sealed record RemovalGains(IReadOnlyList<NameGain> Names, int RemovedSnapshots, long RemovedBytes, long UnusedBytes);

/// <summary>What removing the snapshots of one name would free.</summary>
/// <param name="Name">Which.</param>
/// <param name="Bytes">If all of them went.</param>
/// <param name="Snapshots">Each alone, oldest first.</param>
public sealed record NameGain(string Name, long Bytes, IReadOnlyList<SnapshotGain> Snapshots);

/// <summary>What removing one snapshot alone would free.</summary>
/// <param name="Id">64 hex digits.</param>
/// <param name="Time">When it was taken.</param>
/// <param name="Bytes">If it alone went.</param>
public sealed record SnapshotGain(string Id, DateTime Time, long Bytes);
