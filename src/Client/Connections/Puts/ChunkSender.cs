using System.Collections.Concurrent;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections.Puts;

/// <summary>
/// Asks for batches of chunks and sends what is missing of them: each request carries the chunks that the last answer missed,
/// and the next question, while the source is read and cut. After a lost connection it asks again for what the server does not
/// have.
/// </summary>
internal sealed class ChunkSender : Sender<UploadBatch>
{
    /// <summary>Batches that wait, and batches in one question: 32 MiB of stream, so that an answer's way is short beside them.</summary>
    private const int BatchesInFlight = 32;

    /// <summary>Bytes of chunks in a request.</summary>
    private const int RequestLength = 16 << 20;

    /// <summary>Bytes on the wire after which they are asked to be made durable.</summary>
    private const int CheckpointEvery = 16 << 20;

    /// <summary>Bytes on the wire that may be kept because they are not durable: what is sent again after a restart.</summary>
    private const int MaxKept = 32 << 20;

    /// <summary>Of so many batches one is asked for where all is new: what is known again is noticed within 16 MiB.</summary>
    private const int AskedOfNew = 16;

    /// <summary>The part of a batch that is missing where it counts as new: a stream repeats itself a little.</summary>
    private const double NewShare = 0.9;

    /// <summary>Batches in a row that were new, after which the next ones are sent unasked over a fast link: 32 MiB.</summary>
    private const int NewInARow = 32;

    private readonly PutSessionClient session;
    private readonly ChunkingParameters parameters;
    private readonly TransferProgress progress;
    private readonly WirePacking packing = new();
    private readonly ConcurrentBag<ChunkBatch> idle = [];
    private readonly List<UploadBatch> kept = [];
    private Queue<UploadBatch> toAsk = new();
    private Queue<UploadBatch> toSend = new();
    private long numbered;
    private long sinceCheckpoint;
    private int newInARow;
    private volatile bool asks = true;

    /// <param name="session">Of mode <see cref="Wire.ChunksMode"/>.</param>
    /// <param name="parameters">The repository's.</param>
    /// <param name="retries">How often a lost connection is tried again.</param>
    /// <param name="progress">Told what is new.</param>
    public ChunkSender(PutSessionClient session, ChunkingParameters parameters, Retries retries, TransferProgress progress)
        : base(session, retries, BatchesInFlight)
    {
        this.session = session;
        this.parameters = parameters;
        this.progress = progress;
        Start();
    }

    /// <summary>
    /// Whether batches are asked for. Where all is new and the link is fast, asking costs more than sending what is there: each chunk would
    /// be hashed twice. A few still are, so that it shows when something is known again.
    /// </summary>
    public bool Asks => asks;

    /// <summary>A batch to fill.</summary>
    public ChunkBatch Rent() => idle.TryTake(out var batch) ? batch : new ChunkBatch(parameters);

    /// <inheritdoc/>
    /// <remarks>Those that wait to be asked for are the last.</remarks>
    protected override long Sent => numbered - toAsk.Count;

    /// <inheritdoc/>
    protected override bool SendSome()
    {
        for (var wait = toAsk.Count + toSend.Count == 0; toAsk.Count < BatchesInFlight && Next(wait) is { } batch; wait = false)
        {
            batch.Number = numbered++;
            kept.Add(batch);
            toAsk.Enqueue(batch);
        }

        if (toAsk.Count + toSend.Count == 0)
            return false;
        if (KeptLength + (asks ? NextLength : RequestLength) > MaxKept)
            Take(session.Send([new OutgoingRecord(RecordKind.Wait, default)], Sent, out _));
        Exchange();
        return true;
    }

    /// <inheritdoc/>
    protected override void GoOn(SessionState state)
    {
        if (state.Committed == true)
        {
            kept.Clear();
            (toAsk, toSend) = (new(), new());
            return;
        }

        if (state.Batches > numbered || (kept.Count > 0 ? kept[0].Number : numbered) > state.Batches)
            throw new RepositoryException(ErrorCode.Failed, $"The server has {state.Batches} batches of the stream, and no longer all that it had for good: put it again");
        newInARow = 0;
        asks = true;
        toSend = new();
        toAsk = new(kept.Where(batch => batch.Number >= state.Batches));
    }

    private long KeptLength => kept.Sum(batch => (long)(batch.Record?.Length ?? 0)) - toSend.Sum(batch => (long)batch.Record!.Length);

    private long NextLength => Math.Min(packing.Allowance(RequestLength), toSend.Sum(batch => (long)batch.Record!.Length));

    private void Exchange()
    {
        var records = new List<OutgoingRecord>();
        var length = 0L;
        var sending = 0;
        foreach (var batch in toSend)
        {
            if (sending > 0 && length + batch.Record!.Length > packing.Allowance(RequestLength))
                break;
            records.Add(batch.Record!);
            length += batch.Record!.Length;
            sending++;
        }

        var first = Sent;
        if (sending == toSend.Count)
            length += TellSome(records, packing.Allowance(RequestLength) - length);
        var asked = sending == toSend.Count ? NextToAsk() : [];
        foreach (var batch in asked)
            records.Add(new OutgoingRecord(RecordKind.Ask, RecordFormat.WriteAsk(batch.Lane, batch.Lengths, batch.Hashes)));
        sinceCheckpoint += records.Sum(record => (long)record.Length);
        if (sinceCheckpoint >= CheckpointEvery)
            records.Add(new OutgoingRecord(RecordKind.Checkpoint, default));
        var state = session.Send(records, first, out var took);
        var pays = packing.Sent(length, took, state.Waited);
        if (sinceCheckpoint >= CheckpointEvery)
            sinceCheckpoint = 0;
        for (; sending > 0; sending--)
            toSend.Dequeue();

        // The first question was for many of them, and its answer came before it was known.
        if (pays && packing.Level is { } level)
            Parallel.ForEach(toSend, batch => batch.Pack(level));
        TakeAnswer(asked, state);
        Take(state);
    }

    // All that waits, or the one of many.
    private List<UploadBatch> NextToAsk()
    {
        var asked = new List<UploadBatch>();
        while (toAsk.TryPeek(out var next) && (asks || (asked.Count == 0 && next.Number % AskedOfNew == 0)))
            asked.Add(toAsk.Dequeue());
        return asked;
    }

    // Sends what waits without asking, up to the next that is asked for.
    private long TellSome(List<OutgoingRecord> records, long room)
    {
        var length = 0L;
        while (!asks && length < room && toAsk.TryPeek(out var next) && next.Number % AskedOfNew != 0)
        {
            var batch = toAsk.Dequeue();
            records.Add(batch.Tell(idle.Add));
            records.Add(batch.Record!);
            length += batch.Record!.Length;
            progress.NewChunkBytes += batch.MissingLength;
        }

        return length;
    }

    private void TakeAnswer(List<UploadBatch> asked, SessionState state)
    {
        var chunks = asked.Sum(batch => batch.Lengths.Length);
        if (chunks > 8 * (state.Missing?.Length ?? 0))
            throw new RepositoryException(ErrorCode.Failed, $"The server was asked for {chunks} chunks, and answers for fewer");
        var level = packing.Level;
        var first = 0;
        var answers = new List<(UploadBatch Batch, int First)>();
        foreach (var batch in asked)
        {
            answers.Add((batch, first));
            first += batch.Lengths.Length;
        }

        void Tell((UploadBatch Batch, int First) answer) =>
            answer.Batch.Answer(number => BitList.Get(state.Missing, answer.First + number), Elsewhere, level, idle.Add);

        // Those that are asked for again may look for chunks in each other: one after another.
        foreach (var answer in answers.Where(answer => !answer.Batch.HasBytes))
            Tell(answer);
        Parallel.ForEach(answers.Where(answer => answer.Batch.HasBytes).ToList(), Tell);
        foreach (var (batch, _) in answers.Where(answer => answer.Batch.Missing.Length > 0))
        {
            toSend.Enqueue(batch);
            progress.NewChunkBytes += batch.MissingLength;
        }

        foreach (var (batch, _) in answers)
            newInARow = batch.MissingLength >= NewShare * batch.Lengths.Sum() ? newInARow + 1 : 0;
        asks = newInARow < NewInARow || !packing.IsFast;
    }

    // Only after a lost connection: a chunk that is in another batch, which the server lost as well.
    private byte[]? Elsewhere(ReadOnlyMemory<byte> hash)
    {
        foreach (var batch in kept)
        {
            if (batch.Record is not null && batch.Find(hash.Span) is { } chunk)
                return chunk;
        }

        return null;
    }

    private void Take(SessionState state)
    {
        foreach (var batch in kept.Where(batch => batch.Number < state.Durable))
            batch.Release();
        kept.RemoveAll(batch => batch.Number < state.Durable);
    }
}
