using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A put whose stream the client cuts.</summary>
/// <param name="session">Does it; owned.</param>
/// <param name="access">What its owner may do, as the session was opened for.</param>
/// <param name="share">Counts it; owned.</param>
/// <param name="notices">What it tells.</param>
internal sealed class ChunkPut(ChunkSession session, Access access, QuotaShare share, IReadOnlyCollection<string> notices) : IRemotePut
{
    /// <summary>What one must be allowed for such a put.</summary>
    public const Capabilities Rights = Capabilities.Put | Capabilities.Get;

    /// <summary>New bytes, and chunks, that are worth a checkpoint: it closes a bundle, however little is in it.</summary>
    private const long BytesWorthIt = 4 << 20;
    private const int ChunksWorthIt = 1 << 14;

    private static readonly string[] KnownMarks = [SnapshotMarks.Truncated, SnapshotMarks.Empty, SnapshotMarks.RawTail];

    private IReadOnlyList<string> prefixes = access.Prefixes;

    // Bytes that were asked for, the layout's too.
    private long asked = session.Taken;

    /// <inheritdoc/>
    public string Owner => session.Owner;

    /// <inheritdoc/>
    public string Name => session.Name;

    /// <inheritdoc/>
    public DateTime Began => session.Began;

    /// <summary>The snapshot that it became before it was opened again; null if it is none yet.</summary>
    public SnapshotInfo? Committed => session.Committed;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Notices => notices;

    /// <inheritdoc/>
    /// <remarks>Who is told what is there must be able to read it.</remarks>
    public Capabilities Needs => Rights;

    /// <inheritdoc/>
    public long Batches => session.Batches;

    /// <inheritdoc/>
    public long Durable => session.Durable;

    /// <inheritdoc/>
    public long Next => session.Next;

    /// <inheritdoc/>
    public void Heed(Access access)
    {
        if (access.Prefixes.SequenceEqual(prefixes))
            return;
        prefixes = access.Prefixes;
        session.Heed(access);
    }

    /// <inheritdoc/>
    public void Take(Record record, BitList missing)
    {
        if (record.Kind is RecordKind.Chunks or RecordKind.PackedChunks or RecordKind.SampledChunks)
        {
            session.Supply(new ReceivedChunks(record.Kind, record.Buffer, record.Length));
            return;
        }

        try
        {
            switch (record.Kind)
            {
                case RecordKind.Ask:
                    var (lane, lengths, hashes) = RecordFormat.ReadAsk(record.Span);
                    Expect(lengths);
                    session.Ask(lane, lengths, hashes, missing.Add);
                    break;
                case RecordKind.Tell:
                    var (told, toldLengths) = RecordFormat.ReadTell(record.Span);
                    Expect(toldLengths);
                    session.Tell(told, toldLengths);
                    break;
                case RecordKind.Checkpoint when IsWorthIt:
                    session.Checkpoint();
                    break;
                case RecordKind.Wait when IsWorthIt:
                    session.WaitDurable();
                    break;
                case RecordKind.Wait:
                    session.WaitCheckpoint();
                    break;
                case RecordKind.Checkpoint:
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
        asked = session.Taken;
    }

    /// <inheritdoc/>
    public SnapshotInfo Commit(SessionEnd end)
    {
        if (session.Committed is { } made)
            return made;
        share.Expect(session.Taken);
        IReadOnlyList<string> marks = end.Marks ?? [];
        if (end.Sha256 is not { Length: 2 * ObjectId.Size } || !end.Sha256.All(char.IsAsciiHexDigitLower) || end.Command?.Contains(null!) == true)
            throw new RepositoryException(ErrorCode.Usage, "A stream's end tells its SHA-256 as 64 lower-case hex digits");
        if ((marks.Contains(SnapshotMarks.Truncated) && !session.Allows.Truncated) || (marks.Contains(SnapshotMarks.Empty) && !session.Allows.Empty))
            throw new RepositoryException(ErrorCode.Incomplete, "The stream is not whole; nothing was kept");
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

    private void Expect(int[] lengths)
    {
        asked += lengths.Sum(length => (long)Math.Max(0, length));
        share.Expect(asked);
    }

    private bool IsWorthIt => session.Unwritten is var (bytes, chunks) && (bytes >= BytesWorthIt || chunks >= ChunksWorthIt);
}
