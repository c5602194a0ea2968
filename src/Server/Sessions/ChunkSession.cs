using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>
/// One put whose stream a client cuts: it asks which chunks are there, and sends the others. A journal remembers how far it is,
/// so that it goes on after this process has died. Protocol: docs/design/wire-protocol.md, 9.
/// </summary>
/// <remarks>
/// Threading: one thread calls; others verify, deduplicate and write. Owns the journal. Dispose without a commit leaves finished
/// bundles and the journal.
/// </remarks>
internal sealed class ChunkSession : IDisposable
{
    /// <summary>Chunks that may have been asked for and not have come: 8 GiB of stream, 8 MiB of memory.</summary>
    private const int MaxAwaited = 1 << 17;

    /// <summary>How often it is written down that the session is to be kept: often enough that it is for nearly as long as its journal.</summary>
    private static readonly TimeSpan KeepEvery = TimeSpan.FromHours(1);

    private readonly OpenRepository repository;
    private readonly SessionJournal journal;
    private readonly ISessionLock session;
    private readonly ChunkIndex index;
    private readonly PresentChunks present;
    private readonly Checkpoints checkpoints;
    private readonly ChunkHasher hasher;
    private readonly PutCommit commit;
    private readonly PutPipeline pipeline;
    private readonly Queue<AskedBatch> awaited = new();
    private readonly HashSet<ChunkId> expected = [];
    private readonly long[] lengths = new long[Enum.GetValues<Lane>().Length];
    private int awaitedChunks;
    private DateTime keptAt;

    /// <param name="repository">Open; a put key is enough.</param>
    /// <param name="journal">New, or of a put that is to go on; owned.</param>
    /// <param name="access">What the client may do: it is told of chunks of what it may read.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <exception cref="RepositoryException">Any of opening the index.</exception>
    public ChunkSession(OpenRepository repository, SessionJournal journal, Access access, Action<string> notice)
    {
        this.repository = repository;
        this.journal = journal;
        var request = journal.Head.Request();
        SealedJson.EnsureFits(request.Tags);
        var store = repository.Store;
        session = store.OpenSession(journal.Id);
        try
        {
            // What it rests on stays, even if it rests itself.
            KeepAlive();
            BringBack(notice);
            store.SweepDeadSessions();
            index = ChunkIndex.Open(store, repository.Keys, session, notice);
            hasher = new ChunkHasher(repository.Keys.ChunkIdSecret(ChunkClass.Content, repository.Config.Domain));
            commit = new PutCommit(repository, store, request, session, journal.Head.Received, notice);
            pipeline = new PutPipeline(store, repository.Config, repository.Keys, session, index, dryRun: false, commit.ReadNewest, new TransferProgress(), notice)
            {
                Before = journal.Growth,
            };
            present = new PresentChunks(repository, index, pipeline, Name, access, notice);
            checkpoints = new Checkpoints(journal, pipeline);
            Replay();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Who began it.</summary>
    public string Owner => journal.Head.Owner;

    /// <summary>The name that the snapshot gets.</summary>
    public string Name => journal.Head.Name;

    /// <summary>When it was begun.</summary>
    public DateTime Began => journal.Head.Received;

    /// <summary>Bytes of the stream so far.</summary>
    public long Length => lengths[(int)Lane.Payload] + lengths[(int)Lane.Header];

    /// <summary>Bytes of everything so far, the layout included.</summary>
    public long Taken => lengths.Sum();

    /// <summary>Bytes of new chunks, and chunks, that no checkpoint covers yet.</summary>
    public (long Bytes, int Chunks) Unwritten => checkpoints.Unwritten;

    /// <summary>The snapshot that it became; null before.</summary>
    public SnapshotInfo? Committed { get; private set; }

    /// <summary>Whether a stream that was cut, or is empty, may be kept.</summary>
    public (bool Truncated, bool Empty) Allows => (journal.Head.AllowTruncated, journal.Head.AllowEmpty);

    /// <summary>Batches that are here.</summary>
    public long Batches { get; private set; }

    /// <summary>Of those, how many stay if this process dies.</summary>
    public long Durable => checkpoints.Durable;

    /// <summary>Number of the batch that is asked for next.</summary>
    public long Next => Batches + awaited.Count;

    /// <summary>The client may do something else from now on.</summary>
    public void Heed(Access access) => present.Heed(access);

    /// <summary>Takes the question for a batch.</summary>
    /// <param name="lane">Which stream it is of.</param>
    /// <param name="chunkLengths">Bytes of each chunk.</param>
    /// <param name="hashes">The plain SHA-256 of each, 32 bytes after 32 bytes.</param>
    /// <param name="answer">Told of each chunk, in order, whether its bytes have to be sent.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, and any of storing.</exception>
    public void Ask(Lane lane, int[] chunkLengths, ReadOnlySpan<byte> hashes, Action<bool> answer)
    {
        BatchRule.Check(repository.Config.Chunking, chunkLengths);
        if (awaitedChunks + chunkLengths.Length > MaxAwaited)
            throw new RepositoryException(ErrorCode.Usage, $"More than {MaxAwaited} chunks have been asked for and not sent");
        var ids = new ChunkId[chunkLengths.Length];
        var missing = new List<int>();
        for (var number = 0; number < ids.Length; number++)
        {
            ids[number] = hasher.OfContentHash(hashes.Slice(number * ChunkHasher.ContentHashLength, ChunkHasher.ContentHashLength));
            var isMissing = !expected.Contains(ids[number]) && !present.Has(ids[number], chunkLengths[number]);
            answer(isMissing);
            if (!isMissing)
                continue;
            missing.Add(number);
            expected.Add(ids[number]);
        }

        awaited.Enqueue(new AskedBatch(lane, ids, chunkLengths, [.. missing]));
        awaitedChunks += ids.Length;
        TakeComplete();
    }

    /// <summary>Takes word of a batch that comes without a question.</summary>
    /// <param name="lane">Which stream it is of.</param>
    /// <param name="chunkLengths">Bytes of each chunk.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, also if something is awaited: batches have an order.</exception>
    public void Tell(Lane lane, int[] chunkLengths)
    {
        BatchRule.Check(repository.Config.Chunking, chunkLengths);
        if (awaited.Count > 0)
            throw new RepositoryException(ErrorCode.Usage, $"{awaited.Count} batches have been asked for and not sent, and another comes unasked");
        awaited.Enqueue(new AskedBatch(lane, [], chunkLengths, [.. Enumerable.Range(0, chunkLengths.Length)]));
        awaitedChunks += chunkLengths.Length;
    }

    /// <summary>Takes the bytes of the next batch's missing chunks.</summary>
    public void Supply(ReceivedChunks chunks)
    {
        if (!awaited.TryDequeue(out var batch))
            throw new RepositoryException(ErrorCode.Usage, "Chunks come that nobody asked for");
        Take(batch, chunks);
        TakeComplete();
    }

    /// <summary>Has all that is here made durable soon.</summary>
    public void Checkpoint() => checkpoints.Begin();

    /// <summary>Returns when all that is here is durable.</summary>
    public void WaitDurable() => checkpoints.Wait();

    /// <summary>Returns when all is durable for which <see cref="Checkpoint"/> was called.</summary>
    public void WaitCheckpoint() => checkpoints.WaitBegun();

    /// <summary>Forgets what was asked for and has not come: the client lost its connection, and asks again.</summary>
    public void Rewind()
    {
        awaited.Clear();
        awaitedChunks = 0;
        expected.Clear();
    }

    /// <summary>Ends the stream and makes the snapshot.</summary>
    /// <returns>The snapshot; if it was made before, the same.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if what came is not what <paramref name="end"/> says.</exception>
    public SnapshotInfo Commit(PutEnd end)
    {
        if (Committed is not null)
            return Committed;
        if (awaited.Count > 0)
            throw new RepositoryException(ErrorCode.Usage, $"{awaited.Count} batches have been asked for and not sent");
        if (end.Length != Length || (!end.IsTar && lengths[(int)Lane.Header] + lengths[(int)Lane.Layout] + lengths[(int)Lane.Catalog] > 0))
            throw new RepositoryException(ErrorCode.Usage, $"The stream has {end.Length} bytes, and {Length} came");
        SealedJson.EnsureFits(end.Command ?? []);
        pipeline.Batches.ThrowIfFailed();
        Committed = journal.Commit(appearing => commit.Run(pipeline, end, appearing));
        session.Keep(null);
        return Committed;
    }

    /// <summary>Ends it for good.</summary>
    public void Abandon()
    {
        journal.Delete();
        session.Keep(null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pipeline?.Dispose();
        if (pipeline is null)
            index?.Dispose();
        hasher?.Dispose();
        session.Dispose();
        journal.Dispose();
    }

    private void KeepAlive()
    {
        if (DateTime.UtcNow - keptAt < KeepEvery)
            return;
        keptAt = DateTime.UtcNow;
        session.Keep(keptAt + SessionJournal.RestOnDisk);
    }

    // What the journal says is durable may have been found unused since: it came to be by this session, which counted as alive all the time.
    private void BringBack(Action<string> notice)
    {
        var resting = repository.Store.List(FileKind.UnusedBundle).ToHashSet();
        if (resting.Count == 0)
            return;
        using var all = ChunkIndex.Open(repository.Store, repository.Keys, session: null, notice, withUnused: true);
        var needed = new HashSet<ObjectId>();
        foreach (var id in journal.Batches().SelectMany(batch => batch.Ids))
        {
            if (!all.TryFind(id, ChunkClass.Content, out var place))
                continue;
            needed.Add(place.Bundle);
            if (place.Base is { } baseId && all.TryFindPlain(baseId, ChunkClass.Content, out var basePlace))
                needed.Add(basePlace.Bundle);
        }

        needed.IntersectWith(resting);
        PutCommit.BringBack(repository.Store, needed);
    }

    private void Replay()
    {
        // It may have been made, and only its answer be lost.
        if (journal.Appearing is { } id && Manifest.TryRead(repository.Store, repository.Keys, id, withContent: true) is { } manifest)
        {
            Committed = manifest.ToInfo(manifest.Structure.Tags);
            session.Keep(null);
            return;
        }

        foreach (var batch in journal.Batches())
        {
            pipeline.Batches.Add(batch, received: null);
            lengths[(int)batch.Lane] += batch.Length;
            Remember(batch);
            Batches++;
            checkpoints.Has();
        }
    }

    private void TakeComplete()
    {
        while (awaited.TryPeek(out var next) && next.Missing.Length == 0)
            Take(awaited.Dequeue(), null);
    }

    private void Take(AskedBatch batch, ReceivedChunks? chunks)
    {
        KeepAlive();
        pipeline.Batches.ThrowIfFailed();
        awaitedChunks -= batch.Lengths.Length;
        if (batch.Ids.Length == 0)
            batch = pipeline.Batches.AddTold(batch, chunks!);
        else
            pipeline.Batches.Add(batch, chunks);
        lengths[(int)batch.Lane] += batch.Length;
        Batches++;
        Remember(batch);
        checkpoints.Add(batch);
    }

    private void Remember(AskedBatch batch)
    {
        present.Came(batch.Ids);
        foreach (var id in batch.Ids)
            expected.Remove(id);
    }
}
