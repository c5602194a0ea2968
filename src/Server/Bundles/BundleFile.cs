using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Bundles;

/// <summary>A bundle that is durable under its name.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Entries">What is in it, in order.</param>
internal sealed record WrittenBundle(ObjectId Id, long Length, IReadOnlyList<FrameEntry> Entries);

/// <summary>One bundle while it is written: frames, then padding, footer, trailer and its durable name. Format: 4.</summary>
/// <remarks>
/// Threading: one thread at a time. Owns the open file; dispose without <see cref="Close"/> deletes it, and its key dies with it.
/// </remarks>
internal sealed class BundleFile : IDisposable
{
    private readonly RepositoryKeys keys;
    private readonly ChunkClass chunkClass;
    private readonly List<FrameRecord> frames = [];
    private readonly List<FrameEntry> entries = [];
    private readonly byte[] head;
    private readonly IFileWriter file;
    private readonly SealingKey frameKey;
    private ulong ordinals;
    private int deltas;

    /// <param name="store">Where it goes.</param>
    /// <param name="keys">A put key is enough.</param>
    /// <param name="session">Whose file it is.</param>
    /// <param name="chunkClass">Who may open it.</param>
    /// <param name="domain">The chunk-id domain of its chunks.</param>
    /// <param name="otherSlots">Key slots of other bundles from which frames are copied, one after another.</param>
    public BundleFile(IFileStore store, RepositoryKeys keys, ISessionLock session, ChunkClass chunkClass, uint domain, ReadOnlySpan<byte> otherSlots)
    {
        this.keys = keys;
        this.chunkClass = chunkClass;
        head = new byte[FileHead.Size + KeySlot.Size + otherSlots.Length];
        new FileHead(BundleFormat.Magic, keys.Repository, (byte)chunkClass, (byte)(1 + (otherSlots.Length / KeySlot.Size)), domain).Write(head);
        frameKey = KeySlot.Create(head.AsSpan(FileHead.Size, KeySlot.Size), keys, chunkClass);
        otherSlots.CopyTo(head.AsSpan(FileHead.Size + KeySlot.Size));
        file = store.Create(FileKind.Bundle, session);
        file.Write(head);
    }

    /// <summary>Frames so far.</summary>
    public int Frames => frames.Count;

    /// <summary>Entries so far.</summary>
    public int Entries => entries.Count;

    /// <summary>Bytes that it would have if it were closed now, but for padding.</summary>
    public long LengthIfClosed =>
        file.Length + BundleFooter.Length(frames.Count + 1, entries.Count, deltas) + SealingKey.TagSize + BundleFormat.TrailerSize;

    /// <summary>Bytes of padding that it would have if it were closed now.</summary>
    public long PaddingIfClosed => PaddedLength(LengthIfClosed) - LengthIfClosed;

    /// <summary>Seals a frame under the bundle's own key.</summary>
    public void Add(PackedFrame frame)
    {
        var ordinal = ordinals++;
        var offset = file.Length;
        var bytes = frame.Seal(frameKey, BundleFormat.FrameKind(chunkClass), ordinal);
        file.Write(bytes);
        Note(new FrameRecord(offset, ordinal, bytes.Length, frame.PlainLength, entries.Count, frame.Entries.Count, Slot: 0), frame.Entries);
    }

    /// <summary>Copies a frame of another bundle, sealed as it is.</summary>
    /// <param name="bytes">The sealed frame.</param>
    /// <param name="frame">Its record there.</param>
    /// <param name="slot">Number of its key's slot among the other ones.</param>
    /// <param name="copied">Its entries.</param>
    public void Copy(ReadOnlySpan<byte> bytes, in FrameRecord frame, int slot, IReadOnlyList<FrameEntry> copied)
    {
        var offset = file.Length;
        file.Write(bytes);
        Note(frame with { Offset = offset, FirstEntry = entries.Count, Slot = (byte)(slot + 1) }, copied);
    }

    /// <summary>Completes it; durable when this returns.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if it is over the limits of the format.</exception>
    public WrittenBundle Close()
    {
        using (var padding = PackedFrame.Padding((int)PaddingIfClosed))
            Add(padding);
        if (entries.Count > BundleFormat.MaxEntries || frames.Count > BundleFormat.MaxFrames || file.Length > BundleFormat.MaxBundleLength)
            throw new RepositoryException(ErrorCode.Failed, $"A bundle of {entries.Count} entries in {frames.Count} frames, {file.Length} bytes, is over the limits: nobody could open it");
        WriteFooter();
        return new WrittenBundle(file.Commit(), file.Length, entries);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        frameKey.Dispose();
    }

    private void Note(FrameRecord frame, IReadOnlyList<FrameEntry> noted)
    {
        frames.Add(frame);
        foreach (var entry in noted)
        {
            entries.Add(entry);
            deltas += entry.Base is null ? 0 : 1;
        }
    }

    private long PaddedLength(long length)
    {
        var smallest = length + BundleFormat.FrameHeadSize + SealingKey.TagSize;
        return Padme.Pad(Math.Max(smallest, BundleFormat.MinBundleLength(chunkClass)));
    }

    private void WriteFooter()
    {
        var offset = file.Length;
        var footer = BundleFooter.Write(frames, entries, SHA256.HashData(head));
        using var key = keys.FileKey(head);
        file.Write(key.Seal(SealedKind.BundleFooter, 0, footer));
        Span<byte> trailer = stackalloc byte[BundleFormat.TrailerSize];
        trailer.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(trailer, offset);
        BinaryPrimitives.WriteInt32LittleEndian(trailer[8..], footer.Length + SealingKey.TagSize);
        Encoding.ASCII.GetBytes(BundleFormat.TrailerMagic, trailer[^8..]);
        file.Write(trailer);
    }
}
