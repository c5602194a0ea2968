using System.Buffers;
using System.Diagnostics;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;
using StreamBack.Server.Bundles;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>Writes a snapshot's stream as a <see cref="FrameAnswer"/>.</summary>
/// <param name="target">Where to; not closed.</param>
/// <param name="tail">Says what the reader may let out; at the beginning.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class FrameSender(Stream target, TarTail tail) : ISnapshotSink
{
    /// <summary>Bytes written at once: what a large pipe takes in a few rounds.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary>Below this many bytes a second of a link, compressing for it pays: as for puts (docs/decisions/0009).</summary>
    private const long SlowLink = 40_000_000;

    /// <summary>What must have gone before the link's speed is known: more than a pipe or a socket takes in at once.</summary>
    private const long Proof = 4 << 20;

    /// <summary>zstd's, for chunks that are opened here and go over a slow link.</summary>
    private const int Level = 3;

    private readonly ArrayBufferWriter<byte> buffer = new(2 * BlockLength);
    private readonly SlotMap<(ObjectId Bundle, int Frame)> frames = new(0, FrameAnswer.FrameSlots);
    private readonly SlotMap<ChunkId> chunks = new(FrameAnswer.FrameSlots, FrameAnswer.ChunkSlots);
    private readonly int[] ends = new int[FrameAnswer.Slots];
    private readonly long begun = Stopwatch.GetTimestamp();
    private (int Slot, int Offset, int Length) copy;
    private long told = tail.Safe;
    private long toldAt = tail.Position - FrameAnswer.LetOutEvery; // the first time at once
    private long written;
    private TimeSpan blocked;

    /// <summary>Whether the reader has a frame.</summary>
    public bool Holds((ObjectId Bundle, int Frame) frame) => frames.Holds(frame);

    /// <inheritdoc/>
    public void Header(in StoredPiece piece)
    {
        Send(piece);
        tail.Header(piece.Length);
        LetOut();
    }

    /// <inheritdoc/>
    public void Payload(in StoredPiece piece, long runStart, long runEnd)
    {
        Send(piece);
        tail.Payload(piece.Length, runStart, runEnd);
        LetOut();
    }

    /// <summary>Says that the stream is whole.</summary>
    public void Finish()
    {
        EndCopy();
        Varint.Write(buffer, FrameAnswer.Tag(FrameRecordKind.End, 0));
        Write();
        target.Flush();
    }

    private void Send(in StoredPiece piece)
    {
        var slot = piece.Frame is { } frame ? SlotOf(frame) : SlotOf(piece);
        if (copy.Length > 0 && copy.Slot == slot && copy.Offset + copy.Length == piece.Offset)
        {
            copy.Length += piece.Length;
            return;
        }

        EndCopy();
        copy = (slot, piece.Offset, piece.Length);
    }

    private int SlotOf(PassedFrame frame)
    {
        if (frames.TryUse(frame.Key, out var slot))
            return slot;
        EndCopy();
        slot = frames.Claim(frame.Key);
        using var payload = frame.Take();
        Fill(slot, payload.PlainLength, payload.IsPacked, payload.Bytes);
        return slot;
    }

    private int SlotOf(in StoredPiece piece)
    {
        if (chunks.TryUse(piece.Id, out var slot))
            return slot;
        EndCopy();
        slot = chunks.Claim(piece.Id);
        var plain = piece.Chunk.Span;
        var packed = IsSlow ? ZstdFrame.TryPack(plain, Level) : null;
        Fill(slot, plain.Length, packed is not null, packed ?? plain);
        return slot;
    }

    private void LetOut()
    {
        if (tail.Position - toldAt < FrameAnswer.LetOutEvery)
            return;
        tail.Bound();
        if (tail.Safe == told)
            return;
        (told, toldAt) = (tail.Safe, tail.Position);
        EndCopy();
        Varint.Write(buffer, FrameAnswer.Tag(FrameRecordKind.LetOut, tail.CutsInsideHeader ? FrameAnswer.InsideHeader : 0));
        Varint.Write(buffer, (ulong)told);
    }

    private bool IsSlow => written > Proof && blocked > Stopwatch.GetElapsedTime(begun) / 2 && written < SlowLink * Stopwatch.GetElapsedTime(begun).TotalSeconds;

    private void Fill(int slot, int plainLength, bool isPacked, ReadOnlySpan<byte> bytes)
    {
        Varint.Write(buffer, FrameAnswer.Tag(isPacked ? FrameRecordKind.Packed : FrameRecordKind.Stored, slot));
        Varint.Write(buffer, (ulong)plainLength);
        if (isPacked)
            Varint.Write(buffer, (ulong)bytes.Length);
        buffer.Write(bytes);
        ends[slot] = 0;
        if (buffer.WrittenCount >= BlockLength)
            Write();
    }

    // Pieces that follow each other in one slot are one record.
    private void EndCopy()
    {
        var (slot, offset, length) = copy;
        if (length == 0)
            return;
        Varint.Write(buffer, FrameAnswer.Tag(offset == ends[slot] ? FrameRecordKind.CopyNext : FrameRecordKind.Copy, slot));
        if (offset != ends[slot])
            Varint.Write(buffer, (ulong)offset);
        Varint.Write(buffer, (ulong)length);
        ends[slot] = offset + length;
        copy = default;
        if (buffer.WrittenCount >= BlockLength)
            Write();
    }

    private void Write()
    {
        var start = Stopwatch.GetTimestamp();
        target.Write(buffer.WrittenSpan);
        blocked += Stopwatch.GetElapsedTime(start);
        written += buffer.WrittenCount;
        buffer.ResetWrittenCount();
    }
}
