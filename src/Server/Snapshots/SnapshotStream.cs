using StreamBack.Protocol;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>Takes a snapshot's stream, piece by piece. The pieces are valid only during the call.</summary>
internal interface ISnapshotSink
{
    /// <summary>The next bytes, of a tar's header stream.</summary>
    void Header(ReadOnlySpan<byte> bytes);

    /// <summary>The next bytes, of the payload stream.</summary>
    /// <param name="runStart">Where in the stream these contents begin.</param>
    /// <param name="runEnd">Where they end.</param>
    void Payload(ReadOnlySpan<byte> bytes, long runStart, long runEnd);
}

/// <summary>Puts a snapshot's stream together again. Format: 6.1.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class SnapshotStream(Manifest manifest, ChunkReader chunks)
{
    /// <summary>Payload read ahead: keeps two cores busy opening frames of 1 MiB.</summary>
    private const int PayloadAhead = 8 << 20;

    /// <summary>Headers and layout are small beside what they describe.</summary>
    private const int HeaderAhead = 1 << 20;

    /// <summary>Gives the stream from an offset on to a sink.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>.</exception>
    public void CopyTo(ISnapshotSink sink, long offset, CancellationToken cancellation)
    {
        if (manifest.Structure.Kind == SnapshotKinds.Raw)
        {
            var payload = Recipe(StreamNames.Payload);
            using var whole = new StoredStreamReader(payload, chunks, offset, PayloadAhead);
            CopyPayload(sink, whole, payload.Length - offset, 0, payload.Length, cancellation);
            return;
        }

        using var layout = new StoredStreamReader(Recipe(StreamNames.Layout), chunks, 0, HeaderAhead);
        Interleave(sink, layout, offset, cancellation);
    }

    private void Interleave(ISnapshotSink sink, StoredStreamReader layout, long offset, CancellationToken cancellation)
    {
        var (position, headerOffset, payloadOffset) = (0L, 0L, 0L);
        var pair = ReadPair(layout, position);
        while (pair is var (header, payload) && position + header + payload <= offset)
        {
            position += header + payload;
            headerOffset += header;
            payloadOffset += payload;
            pair = ReadPair(layout, position);
        }

        // The offset falls into this pair, or just before it.
        var skipHeader = pair is null ? 0 : Math.Min(pair.Value.Header, offset - position);
        var skipPayload = pair is null ? 0 : offset - position - skipHeader;
        using var headers = new StoredStreamReader(Recipe(StreamNames.Header), chunks, headerOffset + skipHeader, HeaderAhead);
        using var payloads = new StoredStreamReader(Recipe(StreamNames.Payload), chunks, payloadOffset + skipPayload, PayloadAhead);
        while (pair is var (headerLength, payloadLength))
        {
            CopyHeader(sink, headers, headerLength - skipHeader);
            var runStart = position + headerLength;
            CopyPayload(sink, payloads, payloadLength - skipPayload, runStart, runStart + payloadLength, cancellation);
            position = runStart + payloadLength;
            (skipHeader, skipPayload) = (0, 0);
            pair = ReadPair(layout, position);
        }

        if (position != manifest.Structure.Length || headers.Position != streams.Header!.Length || payloads.Position != streams.Payload.Length)
        {
            throw new RepositoryException(
                ErrorCode.Corrupt,
                $"snapshot {manifest.Id}: its layout makes {position} bytes, its stream has {manifest.Structure.Length}: {streams.Header!.Length} of headers, {streams.Payload.Length} of contents");
        }
    }

    // Bounded by the stream, so that no sum of lengths overflows.
    private (long Header, long Payload)? ReadPair(StoredStreamReader layout, long position)
    {
        var pair = Layout.Read(layout);
        var left = manifest.Structure.Length - position;
        return pair is not var (header, payload) || (header <= left && payload <= left - header)
            ? pair
            : throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {manifest.Id}: its layout goes beyond the {manifest.Structure.Length} bytes of its stream");
    }

    private RecipeRoot Recipe(string stream) =>
        manifest.Structure.Streams.TryGetValue(stream, out var recipe)
            ? recipe
            : throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {manifest.Id}: has no stream '{stream}'");

    private void CopyHeader(ISnapshotSink sink, StoredStreamReader source, long count)
    {
        while (count > 0)
        {
            var bytes = Take(source, count);
            sink.Header(bytes);
            source.Advance(bytes.Length);
            count -= bytes.Length;
        }
    }

    private void CopyPayload(ISnapshotSink sink, StoredStreamReader source, long count, long runStart, long runEnd, CancellationToken cancellation)
    {
        while (count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var bytes = Take(source, count);
            sink.Payload(bytes, runStart, runEnd);
            source.Advance(bytes.Length);
            count -= bytes.Length;
        }
    }

    private ReadOnlySpan<byte> Take(StoredStreamReader source, long count)
    {
        var bytes = source.Peek();
        if (bytes.IsEmpty)
            throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {manifest.Id}: a stored stream ends before its layout does");
        return bytes.Length > count ? bytes[..(int)count] : bytes;
    }
}
