namespace StreamBack.Protocol;

/// <summary>What was sent to another copy of a repository.</summary>
/// <param name="Snapshots">Snapshots that came to be there.</param>
/// <param name="Objects">Files that were sent, those of snapshots included.</param>
/// <param name="Bytes">Bytes of these.</param>
/// <param name="Removed">Snapshots that went to the trash there.</param>
/// <param name="FreedBytes">Bytes that were given back there; 0 if that is left to the other side.</param>
/// <param name="Problems">What could not be sent, and the snapshots that rest on it; empty if all is well.</param>
public sealed record ReplicaReport(int Snapshots, int Objects, long Bytes, int Removed, long FreedBytes, IReadOnlyList<CheckProblem> Problems);
