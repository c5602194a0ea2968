using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>Takes a snapshot's stream, piece by piece. The pieces are valid only during the call.</summary>
internal interface ISnapshotSink
{
    /// <summary>The next bytes, of a tar's header stream.</summary>
    void Header(in StoredPiece piece);

    /// <summary>The next bytes, of the payload stream.</summary>
    /// <param name="piece">They.</param>
    /// <param name="runStart">Where in the stream these contents begin.</param>
    /// <param name="runEnd">Where they end.</param>
    void Payload(in StoredPiece piece, long runStart, long runEnd);
}

/// <summary>Puts a snapshot's stream together again. Format: 6.1.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
/// <param name="manifest">The snapshot's.</param>
/// <param name="chunks">Reads chunks.</param>
/// <param name="passing">Says which frames are given as they are; null if every chunk is opened.</param>
internal sealed class SnapshotStream(Manifest manifest, ChunkReader chunks, FramePassing? passing = null)
{
    /// <summary>Payload read ahead: keeps two cores busy opening frames of 1 MiB.</summary>
    private const int PayloadAhead = 8 << 20;

    /// <summary>Headers and layout are small beside what they describe.</summary>
    private const int HeaderAhead = 1 << 20;

    /// <summary>Gives the stream from an offset on to a sink.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>.</exception>
    public void CopyTo(ISnapshotSink sink, long offset, CancellationToken cancellation) =>
        CopyRange(sink, offset, manifest.Structure.Length, null, cancellation);

    /// <summary>Gives a range of the stream to a sink.</summary>
    /// <param name="sink">Gets it.</param>
    /// <param name="from">Offset of the first byte.</param>
    /// <param name="end">Offset behind the last one; at most the stream's length.</param>
    /// <param name="verifier">Compares every chunk that is opened with its id.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>.</exception>
    public void CopyRange(ISnapshotSink sink, long from, long end, ChunkHasher? verifier, CancellationToken cancellation)
    {
        var ahead = (int)Math.Min(PayloadAhead, end - from);
        if (manifest.Structure.Kind == SnapshotKinds.Raw)
        {
            var payload = Recipe(StreamNames.Payload);
            using var whole = Open(payload, from, ahead, verifier);
            CopyPayload(sink, whole, Math.Min(end, payload.Length) - from, 0, payload.Length, cancellation);
            return;
        }

        using var layout = new StoredStreamReader(Recipe(StreamNames.Layout), chunks, 0, HeaderAhead, verifier);
        var (pair, position, headerOffset, payloadOffset) = Seek(layout, from);

        // The range begins in this pair, or just before it.
        var skipHeader = pair is null ? 0 : Math.Min(pair.Value.Header, from - position);
        var skipPayload = pair is null ? 0 : from - position - skipHeader;
        using var headers = Open(Recipe(StreamNames.Header), headerOffset + skipHeader, HeaderAhead, verifier);
        using var payloads = Open(Recipe(StreamNames.Payload), payloadOffset + skipPayload, ahead, verifier);
        while (pair is var (headerLength, payloadLength) && position < end)
        {
            var runStart = position + headerLength;
            CopyHeader(sink, headers, Math.Min(runStart, end) - position - skipHeader);
            position = runStart + payloadLength;
            CopyPayload(sink, payloads, Math.Min(position, end) - runStart - skipPayload, runStart, position, cancellation);
            (skipHeader, skipPayload) = (0, 0);
            pair = ReadPair(layout, position);
        }

        if (position < end || end == manifest.Structure.Length)
            CheckEnd(position, headers.Position, payloads.Position);
    }

    private StoredStreamReader Open(RecipeRoot recipe, long offset, int ahead, ChunkHasher? verifier) =>
        new(recipe, chunks, offset, ahead, verifier, passing);

    // The pair in which an offset is, and where it begins: in the stream, in the headers, in the payload.
    private ((long Header, long Payload)? Pair, long Position, long HeaderOffset, long PayloadOffset) Seek(StoredStreamReader layout, long offset)
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

        return (pair, position, headerOffset, payloadOffset);
    }

    private void CheckEnd(long position, long headersRead, long payloadRead)
    {
        var (headerEnd, payloadEnd) = (Recipe(StreamNames.Header).Length, Recipe(StreamNames.Payload).Length);
        if (position != manifest.Structure.Length || headersRead != headerEnd || payloadRead != payloadEnd)
        {
            throw new RepositoryException(
                ErrorCode.Corrupt,
                $"snapshot {manifest.Id}: its layout makes {position} bytes, its stream has {manifest.Structure.Length}: {headerEnd} of headers, {payloadEnd} of contents");
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
            var piece = Take(source, count);
            sink.Header(piece);
            source.Advance(piece.Length);
            count -= piece.Length;
        }
    }

    private void CopyPayload(ISnapshotSink sink, StoredStreamReader source, long count, long runStart, long runEnd, CancellationToken cancellation)
    {
        while (count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = Take(source, count);
            sink.Payload(piece, runStart, runEnd);
            source.Advance(piece.Length);
            count -= piece.Length;
        }
    }

    private StoredPiece Take(StoredStreamReader source, long count)
    {
        var piece = source.Peek();
        if (piece.Length == 0)
            throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {manifest.Id}: a stored stream ends before its layout does");
        return piece.Length > count ? piece.First((int)count) : piece;
    }
}
