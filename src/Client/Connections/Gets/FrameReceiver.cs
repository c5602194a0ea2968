using System.Buffers;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections.Gets;

/// <summary>
/// Puts a stream together from a <see cref="FrameAnswer"/>: records are read a little ahead of what is written, so that frames are
/// opened by another core meanwhile.
/// </summary>
/// <param name="body">The answer's; not closed.</param>
/// <param name="write">Gets the stream. A block stays as it is for as long as a <see cref="RunningHash"/> needs it.</param>
/// <param name="letOut">Told up to which offset the stream may be let out, and whether that is inside a header.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class FrameReceiver(Stream body, Action<ReadOnlyMemory<byte>> write, Action<long, bool> letOut) : IDisposable
{
    /// <summary>Bytes written at once: what a large pipe takes in a few rounds.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary>Bytes that are read ahead, of slots and of the stream: frames for every core, and a bound for what a server makes wait.</summary>
    private const long Ahead = 8 << 20;

    /// <summary>Bytes that a record which waits counts for by itself.</summary>
    private const int RecordCost = 64;

    private readonly AnswerReader answer = new(body);
    private readonly SlotContent?[] slots = new SlotContent?[FrameAnswer.Slots];
    private readonly int[] ends = new int[FrameAnswer.Slots];
    private readonly Queue<Waiting> waiting = new();
    private readonly byte[][] blocks = RunningHash.Blocks(BlockLength);
    private long ahead;
    private int turn;
    private int used;

    /// <summary>Receives all that comes.</summary>
    /// <returns>Whether it came to its end; if not, what came is written all the same.</returns>
    /// <exception cref="UnreadableAnswerException">What comes is no such answer.</exception>
    public bool Run(CancellationToken cancellation)
    {
        bool? more;
        while ((more = TryTake()) == true)
        {
            cancellation.ThrowIfCancellationRequested();
            while (ahead > Ahead)
                Do(waiting.Dequeue());
        }

        while (waiting.TryDequeue(out var next))
            Do(next);
        WriteBlock();
        return more is not null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (waiting.TryDequeue(out var next))
            next.Piece?.Release();
        foreach (var content in slots)
            content?.Release();
    }

    /// <returns>Whether there may be more; null if it breaks off.</returns>
    private bool? TryTake()
    {
        if (answer.TryReadNumber() is not { } tag)
            return null;
        var slot = tag >> FrameAnswer.KindBits;
        if (slot >= FrameAnswer.Slots)
            throw Wrong($"slot {slot}");
        switch ((FrameRecordKind)(tag & ((1 << FrameAnswer.KindBits) - 1)))
        {
            case FrameRecordKind.End:
                return false;
            case FrameRecordKind.Stored:
                return TryFill((int)slot, isPacked: false);
            case FrameRecordKind.Packed:
                return TryFill((int)slot, isPacked: true);
            case FrameRecordKind.CopyNext:
                return TryCopy((int)slot, ends[slot]);
            case FrameRecordKind.Copy:
                return answer.TryReadNumber(FrameAnswer.MaxSlotLength) is { } offset ? TryCopy((int)slot, offset) : null;
            case FrameRecordKind.LetOut:
                return TryLetOut(insideHeader: slot == FrameAnswer.InsideHeader);
            case var kind:
                throw Wrong($"record {(int)kind}");
        }
    }

    private bool? TryFill(int slot, bool isPacked)
    {
        if (answer.TryReadNumber(FrameAnswer.MaxSlotLength) is not { } length)
            return null;
        var stored = length;
        if (isPacked)
        {
            if (answer.TryReadNumber(length) is not { } packed)
                return null;
            stored = packed;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(stored);
        if (!answer.TryRead(bytes.AsSpan(0, stored)))
        {
            ArrayPool<byte>.Shared.Return(bytes);
            return null;
        }

        Enqueue(new Waiting(Cost: length));
        slots[slot]?.Release();
        slots[slot] = isPacked ? new SlotContent(bytes, stored, length) : new SlotContent(bytes, length);
        ends[slot] = 0;
        return true;
    }

    private bool? TryCopy(int slot, int offset)
    {
        if (answer.TryReadNumber(FrameAnswer.MaxSlotLength) is not { } length)
            return null;
        if (slots[slot] is not { } content || length == 0 || length > content.Length - offset)
            throw Wrong($"{length} bytes at {offset} of slot {slot}");
        Enqueue(new Waiting(Cost: length) { Piece = content.Hold(), Offset = offset, Length = length });
        ends[slot] = offset + length;
        return true;
    }

    private bool? TryLetOut(bool insideHeader)
    {
        if (answer.TryReadNumber() is not { } offset)
            return null;
        if (offset > long.MaxValue)
            throw Wrong($"offset {offset}");
        Enqueue(new Waiting(Cost: 0) { LetOut = (long)offset, InsideHeader = insideHeader });
        return true;
    }

    // Each in its turn: what may be let out is told when it is here, so that nothing goes out between two such places.
    private void Enqueue(Waiting next)
    {
        waiting.Enqueue(next);
        ahead += RecordCost + next.Cost;
    }

    private void Do(in Waiting next)
    {
        ahead -= RecordCost + next.Cost;
        if (next.Piece is { } content)
            Write(content, next.Offset, next.Length);
        else if (next.LetOut is { } offset)
            letOut(offset, next.InsideHeader);
    }

    private void Write(SlotContent content, int offset, int length)
    {
        try
        {
            var bytes = content.Bytes.Slice(offset, length);
            while (bytes.Length > 0)
            {
                var count = Math.Min(bytes.Length, BlockLength - used);
                bytes[..count].CopyTo(blocks[turn].AsSpan(used));
                used += count;
                bytes = bytes[count..];
                if (used == BlockLength)
                    WriteBlock();
            }
        }
        finally
        {
            content.Release();
        }
    }

    private void WriteBlock()
    {
        if (used == 0)
            return;
        write(blocks[turn].AsMemory(0, used));
        turn = (turn + 1) % RunningHash.Ring;
        used = 0;
    }

    private static UnreadableAnswerException Wrong(string what) => new(what);

    /// <summary>A record that waits for its turn: a piece, what may be let out, or a slot that was filled.</summary>
    /// <param name="Cost">Bytes that it keeps in memory.</param>
    private readonly record struct Waiting(int Cost)
    {
        public SlotContent? Piece { get; init; }

        public int Offset { get; init; }

        public int Length { get; init; }

        public long? LetOut { get; init; }

        public bool InsideHeader { get; init; }
    }
}
