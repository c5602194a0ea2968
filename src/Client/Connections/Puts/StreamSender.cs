using System.Collections.Concurrent;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Bundles;

namespace StreamBack.Client.Connections.Puts;

/// <summary>Sends a stream as it is, some megabytes a request; what a lost connection may have cut is sent again.</summary>
internal sealed class StreamSender : Sender<Task<OutgoingRecord>>
{
    /// <summary>Blocks of a mebibyte that wait: a request's worth.</summary>
    private const int BlocksInFlight = 16;

    /// <summary>Bytes of a request: what is kept until its answer, and sent again if that does not come.</summary>
    private const int RequestLength = 16 << 20;

    private readonly PutSessionClient session;
    private readonly WirePacking packing = new();
    private readonly List<OutgoingRecord> kept = [];
    private readonly ConcurrentQueue<byte[]> idle = new();
    private long arrived;

    /// <param name="session">Of mode <see cref="Wire.StreamMode"/>.</param>
    /// <param name="retries">How often a lost connection is tried again.</param>
    public StreamSender(PutSessionClient session, Retries retries)
        : base(session, retries, BlocksInFlight)
    {
        this.session = session;
        Start();
    }

    /// <summary>A block to fill, of <see cref="RecordFormat.StreamBlockLength"/> bytes.</summary>
    public byte[] Rent() => idle.TryDequeue(out var block) ? block : GC.AllocateUninitializedArray<byte>(RecordFormat.StreamBlockLength);

    /// <summary>Sends a block of the stream, and takes it back.</summary>
    /// <param name="block">Rented; nobody reads it any more.</param>
    /// <param name="length">How much of it is the stream's.</param>
    public void Send(byte[] block, int length)
    {
        var level = packing.Level;
        Add(Task.Run(() =>
        {
            if (level is not { } pays || ZstdFrame.TryPack(block.AsSpan(0, length), pays) is not { } packed)
                return new OutgoingRecord(RecordKind.Stream, block.AsMemory(0, length), () => idle.Enqueue(block));
            idle.Enqueue(block);
            return new OutgoingRecord(RecordKind.PackedStream, packed);
        }));
    }

    /// <inheritdoc/>
    protected override long Sent => arrived;

    /// <inheritdoc/>
    protected override bool SendSome()
    {
        var length = kept.Sum(record => (long)record.Length);
        while (length < packing.Allowance(RequestLength) && Next(wait: kept.Count == 0) is { } next)
        {
            kept.Add(next.GetAwaiter().GetResult());
            length += kept[^1].Length;
        }

        if (kept.Count == 0)
            return false;
        var state = session.Send(kept, arrived, out var took);
        packing.Sent(length, took, state.Waited);
        GoOn(state);
        return true;
    }

    /// <inheritdoc/>
    protected override void GoOn(SessionState state)
    {
        if (state.Committed == true)
        {
            kept.Clear(); // nothing is sent again
            return;
        }

        var taken = state.Batches - arrived;
        if (taken < 0 || taken > kept.Count)
            throw new RepositoryException(ErrorCode.Failed, $"The server has {state.Batches} blocks of the stream, of {arrived} to {arrived + kept.Count} that were sent");
        foreach (var record in kept.Take((int)taken))
            record.Release();
        kept.RemoveRange(0, (int)taken);
        arrived = state.Batches;
    }
}
