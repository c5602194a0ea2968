using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A put whose stream the client cuts.</summary>
/// <param name="session">Does it; owned.</param>
/// <param name="share">Counts it; owned.</param>
/// <param name="notices">What it tells.</param>
internal sealed class ChunkPut(ChunkSession session, QuotaShare share, IReadOnlyCollection<string> notices) : IRemotePut
{
    private static readonly string[] KnownMarks = [SnapshotMarks.Truncated, SnapshotMarks.Empty, SnapshotMarks.RawTail];

    // Bytes of the stream that were asked for.
    private long asked = session.Length;

    /// <inheritdoc/>
    public string Owner => session.Owner;

    /// <inheritdoc/>
    public string Name => session.Name;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Notices => notices;

    /// <inheritdoc/>
    /// <remarks>Who is told what is there must be able to read it.</remarks>
    public Capabilities Needs => Capabilities.Put | Capabilities.Get;

    /// <inheritdoc/>
    public long Batches => session.Batches;

    /// <inheritdoc/>
    public long Durable => session.Durable;

    /// <inheritdoc/>
    public long Next => session.Next;

    /// <inheritdoc/>
    public void Take(Record record, BitList missing)
    {
        if (record.Kind is RecordKind.Chunks or RecordKind.PackedChunks)
        {
            session.Supply(new ReceivedChunks(record.Buffer, record.Length, record.Kind == RecordKind.PackedChunks));
            return;
        }

        try
        {
            switch (record.Kind)
            {
                case RecordKind.Ask:
                    var (lane, lengths, hashes) = RecordFormat.ReadAsk(record.Span);
                    asked += lane == Lane.Layout ? 0 : lengths.Sum(length => (long)length);
                    share.Expect(asked);
                    session.Ask(lane, lengths, hashes, missing.Add);
                    break;
                case RecordKind.Checkpoint:
                    session.Checkpoint();
                    break;
                case RecordKind.Wait:
                    session.WaitDurable();
                    break;
                default:
                    throw new RepositoryException(ErrorCode.Usage, $"This put takes chunks, and no record of kind {(byte)record.Kind}");
            }
        }
        finally
        {
            record.Release();
        }
    }

    /// <inheritdoc/>
    public void Rewind()
    {
        session.Rewind();
        asked = session.Length;
    }

    /// <inheritdoc/>
    public SnapshotInfo Commit(SessionEnd end)
    {
        IReadOnlyList<string> marks = end.Marks ?? [];
        if (end.Kind is not (SnapshotKinds.Tar or SnapshotKinds.Raw) || marks.Except(KnownMarks).Any() || end.Members < 0 || end.RawFrom < 0 || end.RawFrom > end.Length)
            throw new RepositoryException(ErrorCode.Usage, "The end of the stream is not described as it should be");
        if (end.Length == 0 && !marks.Contains(SnapshotMarks.Empty))
            throw new RepositoryException(ErrorCode.Incomplete, "Input is empty; nothing was kept (--allow-empty keeps it)");
        return session.Commit(new PutEnd(end.Length, end.Sha256, end.Kind == SnapshotKinds.Tar, end.Members, end.RawFrom, marks, end.Command));
    }

    /// <inheritdoc/>
    public void Abandon() => session.Abandon();

    /// <inheritdoc/>
    public void Dispose()
    {
        session.Dispose();
        share.Dispose();
    }
}
