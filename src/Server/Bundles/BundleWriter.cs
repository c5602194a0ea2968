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

/// <summary>
/// Writes packed frames of one class into bundles, one after another: seals each frame under the open bundle's key, closes
/// the bundle at a length that wastes little padding, and makes it durable. Format: 4.
/// </summary>
/// <remarks>
/// Threading: one thread at a time. Owns the open file; dispose without <see cref="Close"/> deletes it, and its key dies
/// with it.
/// </remarks>
internal sealed class BundleWriter(IFileStore store, RepositoryKeys keys, ISessionLock session, ChunkClass chunkClass, uint domain) : IDisposable
{
    /// <summary>
    /// From this length on a bundle is closed where padding is cheap: large enough that names, footers and fsyncs cost
    /// nothing, small enough that an interrupted put loses little (docs/decisions/0003).
    /// </summary>
    private const long SoftLength = 20 << 20;

    /// <summary>At this length a bundle is closed whatever its padding costs.</summary>
    private const long HardLength = 31 << 20;

    /// <summary>Padding that is worth stopping at: 0.3 % of the soft length.</summary>
    private const long CheapPadding = 64 << 10;

    private const int HeadSize = FileHead.Size + KeySlot.Size;

    private readonly List<FrameRecord> frames = [];
    private readonly List<FrameEntry> entries = [];
    private readonly byte[] head = new byte[HeadSize];
    private IFileWriter? file;
    private SealingKey? frameKey;
    private int deltas;

    /// <summary>The chunk-id domain of the chunks in them.</summary>
    public uint Domain => domain;

    /// <summary>Seals a frame into the open bundle; begins one if none is open.</summary>
    /// <returns>The bundle that this frame completed, or null.</returns>
    public WrittenBundle? Add(PackedFrame frame)
    {
        if (file is null)
            Begin();
        Append(frame);
        var length = LengthIfClosed;
        var padding = PaddedLength(length) - length;
        var full = length >= HardLength || frames.Count == BundleFormat.MaxFrames - 1 || entries.Count > BundleFormat.MaxEntries / 2;
        return full || (length >= SoftLength && padding <= CheapPadding) ? Close() : null;
    }

    /// <summary>Completes the open bundle, if there is one: padding, footer, trailer, durable name.</summary>
    public WrittenBundle? Close()
    {
        if (file is null)
            return null;
        using (var padding = PackedFrame.Padding((int)(PaddedLength(LengthIfClosed) - LengthIfClosed)))
            Append(padding);
        WriteFooter();
        var written = new WrittenBundle(file.Commit(), file.Length, [.. entries]);
        End();
        return written;
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private long LengthIfClosed =>
        file!.Length + BundleFooter.Length(frames.Count + 1, entries.Count, deltas) + SealingKey.TagSize + BundleFormat.TrailerSize;

    private long PaddedLength(long length)
    {
        var smallest = length + BundleFormat.FrameHeadSize + SealingKey.TagSize;
        return Padme.Pad(Math.Max(smallest, BundleFormat.MinBundleLength(chunkClass)));
    }

    private void Begin()
    {
        new FileHead(BundleFormat.Magic, keys.Repository, (byte)chunkClass, Slots: 1, domain).Write(head);
        frameKey = KeySlot.Create(head.AsSpan(FileHead.Size), keys, chunkClass);
        file = store.Create(FileKind.Bundle, session);
        file.Write(head);
    }

    private void Append(PackedFrame frame)
    {
        var ordinal = (ulong)frames.Count;
        var offset = file!.Length;
        var bytes = frame.Seal(frameKey!, BundleFormat.FrameKind(chunkClass), ordinal);
        file.Write(bytes);
        frames.Add(new FrameRecord(offset, ordinal, bytes.Length, frame.PlainLength, entries.Count, frame.Entries.Count, Slot: 0));
        foreach (var entry in frame.Entries)
        {
            entries.Add(entry);
            deltas += entry.Base is null ? 0 : 1;
        }
    }

    private void WriteFooter()
    {
        var offset = file!.Length;
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

    private void End()
    {
        file?.Dispose();
        frameKey?.Dispose();
        file = null;
        frameKey = null;
        frames.Clear();
        entries.Clear();
        deltas = 0;
    }
}
