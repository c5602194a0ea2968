namespace StreamBack.Protocol.Catalogs;

/// <summary>Sorted records beside memory.</summary>
/// <param name="Begin">Its first block.</param>
/// <param name="End">The block behind its last one.</param>
/// <param name="Length">Bytes of its records.</param>
internal sealed record SpilledRun(long Begin, long End, long Length);
