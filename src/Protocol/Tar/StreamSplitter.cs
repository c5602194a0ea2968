using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Protocol.Tar;

/// <summary>
/// Splits a passing stream into its stored streams, a tar's catalog among them, and cuts each into chunks; the batches go to
/// <paramref name="emit"/>. Only the payload has members to cut at.
/// </summary>
/// <remarks>Threading: one thread. Dispose deletes what lay beside memory.</remarks>
public sealed class StreamSplitter(
    RollingHash rollingHash, ChunkingParameters parameters, Func<ChunkBatch> rent, Action<Lane, ChunkBatch> emit, Func<ICatalogSpill> newSpill,
    int maxSortedBytes = CatalogBuilder.MaxSortedBytes) : ITarSink, IDisposable
{
    private readonly Chunker payload = new(rollingHash, parameters, rent, batch => emit(Lane.Payload, batch));
    private readonly Chunker header = new(rollingHash, parameters, rent, batch => emit(Lane.Header, batch));
    private readonly Chunker layout = new(rollingHash, parameters, rent, batch => emit(Lane.Layout, batch));
    private readonly Chunker sorted = new(rollingHash, parameters, rent, batch => emit(Lane.Catalog, batch));
    private readonly CatalogBuilder catalog = new(newSpill, maxSortedBytes);
    private long headerRun;
    private long payloadRun;

    /// <inheritdoc/>
    public void Header(ReadOnlySpan<byte> bytes)
    {
        if (payloadRun > 0)
            EndPair();
        headerRun += bytes.Length;
        header.Append(bytes);
        catalog.Header(bytes);
    }

    /// <inheritdoc/>
    public void Payload(ReadOnlySpan<byte> bytes)
    {
        payloadRun += bytes.Length;
        payload.Append(bytes);
        catalog.Payload(bytes);
    }

    /// <inheritdoc/>
    public void MemberHeaders() => catalog.MemberHeaders();

    /// <inheritdoc/>
    public void GlobalHeader() => catalog.GlobalHeader();

    /// <inheritdoc/>
    public void MemberBegin(in TarMember member)
    {
        payload.BeginMember(member.PayloadSize);
        catalog.MemberBegin(member);
    }

    /// <inheritdoc/>
    public void MemberEnd() => catalog.MemberEnd();

    /// <summary>Ends the stream.</summary>
    /// <param name="isTar">Whether there are headers, a layout and a catalog.</param>
    public void Finish(bool isTar)
    {
        if (isTar && headerRun + payloadRun > 0)
            EndPair();
        payload.Finish();
        header.Finish();
        layout.Finish();
        if (isTar && catalog.HasMembers) // where somebody else splits there are none here
            catalog.Finish(sorted.Append);
        sorted.Finish();
    }

    /// <summary>Why a tar has no catalog, after <see cref="Finish"/>; null if it has one, or needs none.</summary>
    public string? CatalogFailure => catalog.Failure;

    /// <inheritdoc/>
    public void Dispose() => catalog.Dispose();

    private void EndPair()
    {
        Span<byte> pair = stackalloc byte[LayoutPair.MaxSize];
        layout.Append(pair[..LayoutPair.Write(pair, headerRun, payloadRun)]);
        (headerRun, payloadRun) = (0, 0);
    }
}
