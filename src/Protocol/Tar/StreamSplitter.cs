using StreamBack.Protocol.Chunking;

namespace StreamBack.Protocol.Tar;

/// <summary>
/// Splits a passing stream into its stored streams and cuts each into chunks; the batches go to <paramref name="emit"/>.
/// Only the payload has members to cut at.
/// </summary>
/// <remarks>Threading: one thread.</remarks>
public sealed class StreamSplitter(
    RollingHash rollingHash, ChunkingParameters parameters, Func<ChunkBatch> rent, Action<Lane, ChunkBatch> emit) : ITarSink
{
    private readonly Chunker payload = new(rollingHash, parameters, rent, batch => emit(Lane.Payload, batch));
    private readonly Chunker header = new(rollingHash, parameters, rent, batch => emit(Lane.Header, batch));
    private readonly Chunker layout = new(rollingHash, parameters, rent, batch => emit(Lane.Layout, batch));
    private long headerRun;
    private long payloadRun;

    /// <inheritdoc/>
    public void Header(ReadOnlySpan<byte> bytes)
    {
        if (payloadRun > 0)
            EndPair();
        headerRun += bytes.Length;
        header.Append(bytes);
    }

    /// <inheritdoc/>
    public void Payload(ReadOnlySpan<byte> bytes)
    {
        payloadRun += bytes.Length;
        payload.Append(bytes);
    }

    /// <inheritdoc/>
    public void MemberBegin(in TarMember member) => payload.BeginMember(member.PayloadSize);

    /// <inheritdoc/>
    public void MemberEnd()
    {
    }

    /// <summary>Ends the stream.</summary>
    /// <param name="isTar">Whether there are headers and a layout.</param>
    public void Finish(bool isTar)
    {
        if (isTar && headerRun + payloadRun > 0)
            EndPair();
        payload.Finish();
        header.Finish();
        layout.Finish();
    }

    private void EndPair()
    {
        Span<byte> pair = stackalloc byte[LayoutPair.MaxSize];
        layout.Append(pair[..LayoutPair.Write(pair, headerRun, payloadRun)]);
        (headerRun, payloadRun) = (0, 0);
    }
}
