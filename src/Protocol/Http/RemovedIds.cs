namespace StreamBack.Protocol.Http;

/// <summary>The body of <c>POST /removed</c>, and of its answer.</summary>
/// <param name="Ids">64 hex digits each.</param>
public sealed record RemovedIds(IReadOnlyList<string> Ids);
