namespace StreamBack.Protocol;

/// <summary>What a prune did, or would do.</summary>
/// <param name="ExpiredSnapshots">Removed snapshots whose grace has ended.</param>
/// <param name="LiveBundles">Bundles that are kept as they are.</param>
/// <param name="LiveBytes">Bytes of these.</param>
/// <param name="UnusedBundles">Bundles of which nothing is used.</param>
/// <param name="UnusedBytes">Bytes of these.</param>
/// <param name="RewrittenBundles">Bundles of which too little is used, or which are too small.</param>
/// <param name="RewrittenBytes">Bytes of these.</param>
/// <param name="WrittenBytes">Bytes of the bundles in their place; of a dry run, about as many.</param>
/// <param name="FreedBytes">Bytes that were given back; of a dry run, that would be, if no put nor get is under way.</param>
/// <param name="WaitingBytes">Bytes of bundles that rest in the trash until the puts and gets end that were under way when they were moved there.</param>
public sealed record PruneReport(
    int ExpiredSnapshots, int LiveBundles, long LiveBytes, int UnusedBundles, long UnusedBytes, int RewrittenBundles, long RewrittenBytes,
    long WrittenBytes, long FreedBytes, long WaitingBytes);
