using System.Collections.Concurrent;
using System.IO.Hashing;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Bundles;
using StreamBack.Server.Serving.Quotas;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A put whose stream comes as it is, a part with each request. It survives a lost connection, and no restart.</summary>
internal sealed class StreamPut : IRemotePut
{
    private readonly QueuedSource source;
    private readonly QuotaShare? share;
    private readonly Task<SnapshotInfo> putting;
    private readonly CancellationTokenSource ended = new();
    private readonly ConcurrentQueue<string> notices = new();
    private readonly XxHash128 hash = new();
    private long length;

    /// <param name="owner">Who began it.</param>
    /// <param name="repository">Stores it.</param>
    /// <param name="request">What is put.</param>
    /// <param name="share">Counts it; owned. Null for what does not count.</param>
    /// <param name="patience">How long the next block may take.</param>
    public StreamPut(string owner, EmbeddedRepository repository, PutRequest request, QuotaShare? share, TimeSpan patience)
    {
        this.share = share;
        source = new QueuedSource(patience);
        IStreamSource counted = share is null ? source : new QuotaSource(source, share);
        Owner = owner;
        Name = request.Name.ToString();
        IsDryRun = request.DryRun;
        putting = ApiCall.Block(() =>
        {
            try
            {
                return repository.Telling(notices.Enqueue).Put(request, counted, new TransferProgress(), ended.Token);
            }
            finally
            {
                source.GiveUp(); // who still adds learns of the end
            }
        });
    }

    /// <summary>Whether no snapshot is to come of it.</summary>
    public bool IsDryRun { get; }

    /// <inheritdoc/>
    public string Owner { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public DateTime Began { get; } = DateTime.UtcNow;

    /// <summary>Whether nothing can become of it any more.</summary>
    public bool HasFailed => putting.IsFaulted;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Notices => notices;

    /// <inheritdoc/>
    public Capabilities Needs => Capabilities.Put;

    /// <inheritdoc/>
    public long Batches { get; private set; }

    /// <inheritdoc/>
    public long Durable => 0;

    /// <inheritdoc/>
    public long Next => Batches;

    /// <inheritdoc/>
    public void Heed(Access access)
    {
        // It tells of nothing that is stored.
    }

    /// <inheritdoc/>
    public void Take(Record record, BitList missing)
    {
        try
        {
            if (record.Kind is RecordKind.Checkpoint or RecordKind.Wait)
            {
                record.Release();
                return;
            }

            var block = Open(record);
            hash.Append(block.Span);
            length += block.Length;
            source.Add(block);
            Batches++;
        }
        catch (OperationCanceledException)
        {
            Result(); // tells why
            throw;
        }
    }

    /// <inheritdoc/>
    public void Rewind()
    {
        // Nothing is asked for.
    }

    /// <inheritdoc/>
    public SnapshotInfo Commit(SessionEnd end)
    {
        if (putting.IsCompleted)
            return Result();
        var sum = Convert.ToHexStringLower(hash.GetCurrentHash());
        if (end is { Sha256: null, Xxh128: null })
            throw new RepositoryException(ErrorCode.Usage, "A stream's end tells what the stream hashes to");
        if (end.Xxh128 is { } said && said != sum)
        {
            source.GiveUp();
            throw QueuedSource.Wrong(end.Length, said, length, sum);
        }

        source.Complete(end.Sha256, end.Length);
        return Result();
    }

    /// <inheritdoc/>
    public void Abandon() => source.GiveUp();

    /// <inheritdoc/>
    public void Dispose()
    {
        source.GiveUp();
        ended.Cancel();
        putting.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        source.Dispose();
        share?.Dispose();
        ended.Dispose();
    }

    private SnapshotInfo Result() => putting.GetAwaiter().GetResult();

    private static SharedBytes Open(Record record)
    {
        if (record.Kind == RecordKind.Stream)
            return new SharedBytes(record.Buffer, record.Length);
        try
        {
            return Unpack(record);
        }
        finally
        {
            record.Release();
        }
    }

    private static SharedBytes Unpack(Record record)
    {
        var length = record.Kind == RecordKind.PackedStream
            ? Zstd.ContentLength(record.Span)
            : throw new RepositoryException(ErrorCode.Usage, $"This put takes a stream, and no record of kind {(byte)record.Kind}");
        var opened = new SharedBytes(length is >= 0 and <= RecordFormat.MaxLength ? (int)length : throw NoFrame());
        using var lease = ZstdPool.Rent();
        if (lease.Zstd.TryDecompress(record.Span, prefix: default, opened.Span))
            return opened;
        opened.Release();
        throw NoFrame();
    }

    private static RepositoryException NoFrame() => new(ErrorCode.Usage, $"A record is no zstd frame of at most {RecordFormat.MaxLength} bytes that tells its length");
}
