using System.Buffers.Binary;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Bundles;

/// <summary>Where a frame is in its bundle.</summary>
/// <param name="Offset">In the file, bytes.</param>
/// <param name="Ordinal">Under its slot's key.</param>
/// <param name="SealedLength">Bytes in the file.</param>
/// <param name="PlainLength">Bytes once opened.</param>
/// <param name="FirstEntry">Number of its first entry in the bundle.</param>
/// <param name="Entries">Number of its entries.</param>
/// <param name="Slot">Its key's slot.</param>
internal readonly record struct FrameRecord(long Offset, ulong Ordinal, int SealedLength, int PlainLength, int FirstEntry, int Entries, byte Slot);

/// <summary>Where an entry is.</summary>
/// <param name="Frame">Number of its frame.</param>
/// <param name="Offset">In the opened frame, bytes.</param>
/// <param name="Entry">The entry itself.</param>
internal readonly record struct EntryPlace(int Frame, int Offset, FrameEntry Entry);

/// <summary>A bundle's table of contents, checked once when read. Format: 4.2.</summary>
/// <remarks>Threading: immutable.</remarks>
internal sealed class BundleFooter
{
    private readonly byte[] bytes;
    private readonly FrameRecord[] frames;
    private readonly int[] offsets;
    private readonly int entriesStart;
    private readonly int basesStart;

    /// <param name="bytes">The opened footer; owned from here on.</param>
    /// <param name="what">The bundle's name, for messages.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public BundleFooter(byte[] bytes, string what)
    {
        this.bytes = bytes;
        var (frameCount, entryCount, baseCount) = ReadCounts(bytes, what);
        Count = entryCount;
        entriesStart = BundleFormat.FooterHeadSize + frameCount * BundleFormat.FrameRecordSize;
        basesStart = entriesStart + entryCount * BundleFormat.EntryRecordSize;
        frames = new FrameRecord[frameCount];
        offsets = new int[entryCount];
        ReadFrames(what);
        ReadOffsets(baseCount, what);
    }

    /// <summary>Number of entries.</summary>
    public int Count { get; }

    /// <summary>The frames, in the file's order.</summary>
    public IReadOnlyList<FrameRecord> Frames => frames;

    /// <summary>SHA-256 of the bundle's head and slots, as the footer has it.</summary>
    public ReadOnlySpan<byte> HeadHash => bytes.AsSpan(BundleFormat.FooterHeadSize - 32, 32);

    /// <summary>An entry's chunk.</summary>
    public ChunkId Id(int entry) => new(Record(entry));

    /// <summary>An entry's chunk length, bytes.</summary>
    public int ChunkLength(int entry) => BinaryPrimitives.ReadInt32LittleEndian(Record(entry)[36..]);

    /// <summary>The chunk that an entry is a delta against; null for a plain one.</summary>
    public ChunkId? Base(int entry)
    {
        var number = BinaryPrimitives.ReadUInt32LittleEndian(Record(entry)[40..]);
        return number == BundleFormat.NoBase ? null : new ChunkId(bytes.AsSpan(basesStart + (int)number * BundleFormat.BaseRecordSize));
    }

    /// <summary>An entry's super-features.</summary>
    public SuperFeatures Features(int entry)
    {
        var record = Record(entry)[44..];
        return new SuperFeatures(
            BinaryPrimitives.ReadUInt32LittleEndian(record),
            BinaryPrimitives.ReadUInt32LittleEndian(record[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(record[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(record[12..]));
    }

    /// <summary>All of an entry.</summary>
    public EntryPlace Place(int entry)
    {
        var stored = BinaryPrimitives.ReadInt32LittleEndian(Record(entry)[32..]);
        return new EntryPlace(FrameOf(entry), offsets[entry], new FrameEntry(Id(entry), stored, ChunkLength(entry), Base(entry), Features(entry)));
    }

    /// <summary>Writes a footer's bytes.</summary>
    /// <param name="frames">The frames in order; their entries follow each other in <paramref name="entries"/>.</param>
    /// <param name="entries">All entries in order.</param>
    /// <param name="headHash">SHA-256 of head and slots.</param>
    public static byte[] Write(IReadOnlyList<FrameRecord> frames, IReadOnlyList<FrameEntry> entries, ReadOnlySpan<byte> headHash)
    {
        var bases = entries.Where(entry => entry.Base is not null).Select(entry => entry.Base!.Value).ToList();
        var bytes = new byte[Length(frames.Count, entries.Count, bases.Count)];
        var at = bytes.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(at, frames.Count);
        BinaryPrimitives.WriteInt32LittleEndian(at[4..], entries.Count);
        BinaryPrimitives.WriteInt32LittleEndian(at[8..], bases.Count);
        headHash.CopyTo(at[16..]);
        at = at[BundleFormat.FooterHeadSize..];
        foreach (var frame in frames)
        {
            WriteFrame(at, frame);
            at = at[BundleFormat.FrameRecordSize..];
        }

        var baseNumber = 0u;
        foreach (var entry in entries)
        {
            WriteEntry(at, entry, entry.Base is null ? BundleFormat.NoBase : baseNumber++);
            at = at[BundleFormat.EntryRecordSize..];
        }

        foreach (var id in bases)
        {
            id.WriteTo(at);
            at = at[BundleFormat.BaseRecordSize..];
        }

        return bytes;
    }

    /// <summary>Bytes of a footer with these counts, opened.</summary>
    public static int Length(int frames, int entries, int bases)
    {
        var used = BundleFormat.FooterHeadSize + frames * BundleFormat.FrameRecordSize
            + entries * BundleFormat.EntryRecordSize + bases * BundleFormat.BaseRecordSize;
        return (used + BundleFormat.FooterUnit - 1) / BundleFormat.FooterUnit * BundleFormat.FooterUnit;
    }

    private static void WriteFrame(Span<byte> at, FrameRecord frame)
    {
        BinaryPrimitives.WriteInt64LittleEndian(at, frame.Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(at[8..], frame.Ordinal);
        BinaryPrimitives.WriteInt32LittleEndian(at[16..], frame.SealedLength);
        BinaryPrimitives.WriteInt32LittleEndian(at[20..], frame.PlainLength);
        BinaryPrimitives.WriteInt32LittleEndian(at[24..], frame.Entries);
        at[28] = frame.Slot;
    }

    private static void WriteEntry(Span<byte> at, FrameEntry entry, uint baseNumber)
    {
        entry.Id.WriteTo(at);
        BinaryPrimitives.WriteInt32LittleEndian(at[32..], entry.StoredLength);
        BinaryPrimitives.WriteInt32LittleEndian(at[36..], entry.ChunkLength);
        BinaryPrimitives.WriteUInt32LittleEndian(at[40..], baseNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(at[44..], entry.Features.A);
        BinaryPrimitives.WriteUInt32LittleEndian(at[48..], entry.Features.B);
        BinaryPrimitives.WriteUInt32LittleEndian(at[52..], entry.Features.C);
        BinaryPrimitives.WriteUInt32LittleEndian(at[56..], entry.Features.D);
    }

    private static (int Frames, int Entries, int Bases) ReadCounts(ReadOnlySpan<byte> bytes, string what)
    {
        if (bytes.Length < BundleFormat.FooterHeadSize)
            throw Damaged(what, $"{bytes.Length} bytes are too few");
        var frames = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var entries = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        var bases = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (frames > BundleFormat.MaxFrames || entries > BundleFormat.MaxEntries || bases > entries)
            throw Damaged(what, $"{frames} frames, {entries} entries and {bases} bases are over the limits");
        if (bytes.Length != Length((int)frames, (int)entries, (int)bases))
            throw Damaged(what, $"{bytes.Length} bytes do not hold {frames} frames, {entries} entries and {bases} bases");
        return ((int)frames, (int)entries, (int)bases);
    }

    private void ReadFrames(string what)
    {
        var first = 0;
        for (var number = 0; number < frames.Length; number++)
        {
            var at = bytes.AsSpan(BundleFormat.FooterHeadSize + number * BundleFormat.FrameRecordSize);
            var frame = new FrameRecord(
                BinaryPrimitives.ReadInt64LittleEndian(at),
                BinaryPrimitives.ReadUInt64LittleEndian(at[8..]),
                BinaryPrimitives.ReadInt32LittleEndian(at[16..]),
                BinaryPrimitives.ReadInt32LittleEndian(at[20..]),
                first,
                BinaryPrimitives.ReadInt32LittleEndian(at[24..]),
                at[28]);
            if (frame.PlainLength is < 0 or > BundleFormat.MaxFrameLength || frame.Entries < 0 || frame.Entries > Count - first
                || frame.SealedLength is < BundleFormat.FrameHeadSize + Crypto.SealingKey.TagSize or > BundleFormat.MaxSealedFrameLength
                || frame.Offset is < 0 or > BundleFormat.MaxBundleLength)
                throw Damaged(what, $"frame {number} is outside the limits");
            frames[number] = frame;
            first += frame.Entries;
        }

        if (first != Count)
            throw Damaged(what, $"its frames have {first} entries, it says {Count}");
    }

    private void ReadOffsets(int baseCount, string what)
    {
        foreach (var frame in frames)
        {
            var offset = 0L;
            for (var entry = frame.FirstEntry; entry < frame.FirstEntry + frame.Entries; entry++)
            {
                var record = Record(entry);
                var stored = BinaryPrimitives.ReadUInt32LittleEndian(record[32..]);
                var length = BinaryPrimitives.ReadUInt32LittleEndian(record[36..]);
                var baseNumber = BinaryPrimitives.ReadUInt32LittleEndian(record[40..]);
                if (stored > frame.PlainLength - offset || length > BundleFormat.MaxChunkLength
                    || (baseNumber == BundleFormat.NoBase ? stored != length : baseNumber >= baseCount))
                    throw Damaged(what, $"entry {entry} is outside the limits");
                offsets[entry] = (int)offset;
                offset += stored;
            }

            if (offset != frame.PlainLength)
                throw Damaged(what, $"entries of {offset} bytes do not fill a frame of {frame.PlainLength}");
        }
    }

    private ReadOnlySpan<byte> Record(int entry) =>
        bytes.AsSpan(entriesStart + entry * BundleFormat.EntryRecordSize, BundleFormat.EntryRecordSize);

    private int FrameOf(int entry)
    {
        var (low, high) = (0, frames.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (frames[middle].FirstEntry <= entry)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    private static RepositoryException Damaged(string what, string how) => new(ErrorCode.Corrupt, $"{what}: footer is damaged: {how}");
}
