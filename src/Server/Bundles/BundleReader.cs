using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Bundles;

/// <summary>
/// A bundle: its footer, read and checked once, and its frames on request. Format: 4. No file is held open, so any number
/// of readers may be kept.
/// </summary>
/// <remarks>Threading: any number of threads.</remarks>
internal sealed class BundleReader
{
    private readonly IFileStore store;
    private readonly RepositoryKeys keys;
    private readonly ChunkClass chunkClass;
    private readonly byte[] slots;
    private readonly SealingKey?[] frameKeys;
    private readonly string what;

    private BundleReader(IFileStore store, IStoredFile file, RepositoryKeys keys, ObjectId id)
    {
        this.store = store;
        this.keys = keys;
        Id = id;
        Length = file.Length;
        what = $"bundle {id}";
        Span<byte> fixedHead = stackalloc byte[FileHead.Size];
        Read(file, 0, fixedHead, "head");
        var head = FileHead.ReadBundle(fixedHead, BundleFormat.Magic, keys.Repository, what);
        if (head.Class is not ((byte)ChunkClass.Content or (byte)ChunkClass.Structure) || head.Slots == 0)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: has class {head.Class} and {head.Slots} key slots");
        chunkClass = (ChunkClass)head.Class;
        Domain = head.Domain;
        slots = new byte[head.Slots * KeySlot.Size];
        Read(file, FileHead.Size, slots, "key slots");
        frameKeys = new SealingKey?[head.Slots];
        Footer = ReadFooter(file, fixedHead);
    }

    /// <summary>Opens a bundle; null if it is not there.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static BundleReader? TryOpen(IFileStore store, RepositoryKeys keys, ObjectId id)
    {
        return CopyReads.First(store, FileKind.Bundle, id, TryOpenFile(store, id), file => new BundleReader(store, file, keys, id));
    }

    /// <summary>The bundle's name.</summary>
    public ObjectId Id { get; }

    /// <summary>Who may open its frames.</summary>
    public ChunkClass Class => chunkClass;

    /// <summary>The chunk-id domain of its chunks.</summary>
    public uint Domain { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>What is in it.</summary>
    public BundleFooter Footer { get; }

    /// <summary>Its key slots, one after another.</summary>
    public ReadOnlySpan<byte> SlotBytes => slots;

    /// <summary>Reads a frame as it is, sealed.</summary>
    /// <param name="number">Its number in the footer.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if the bundle is missing, or ends before it.</exception>
    public byte[] ReadSealed(int number)
    {
        var frame = Footer.Frames[number];
        var bytes = new byte[frame.SealedLength];
        using var file = OpenFile();
        Read(file, frame.Offset, bytes, $"frame {number}");
        return bytes;
    }

    /// <summary>Reads, opens and unpacks a frame.</summary>
    /// <param name="number">Its number in the footer.</param>
    /// <param name="plain">Exactly its plain length.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Corrupt"/>, naming bundle and frame; <see cref="ErrorCode.Denied"/> without the key.
    /// </exception>
    public void ReadFrame(int number, Span<byte> plain)
    {
        using var payload = ReadPayload(number);
        payload.Unpack(plain);
    }

    /// <summary>Reads and opens a frame.</summary>
    /// <param name="number">Its number in the footer.</param>
    /// <exception cref="RepositoryException">As <see cref="ReadFrame"/>.</exception>
    public FramePayload ReadPayload(int number)
    {
        var frame = Footer.Frames[number];
        var name = $"{what}: frame {number}";
        var key = FrameKey(frame.Slot, name);
        var buffer = BlockPool.Shared.Rent(frame.SealedLength);
        try
        {
            if (!CopyReads.First(store, FileKind.Bundle, Id, TryOpenFile(store, Id), OpenFrame))
                throw Missing();
            return new FramePayload(buffer, frame.SealedLength - SealingKey.TagSize, frame.PlainLength, name);
        }
        catch
        {
            BlockPool.Shared.Return(buffer);
            throw;
        }

        bool OpenFrame(IStoredFile file)
        {
            var bytes = buffer.AsSpan(0, frame.SealedLength);
            Read(file, frame.Offset, bytes, $"frame {number}");
            return key.TryOpen(BundleFormat.FrameKind(chunkClass), frame.Ordinal, bytes, bytes[..^SealingKey.TagSize])
                ? true
                : throw new RepositoryException(ErrorCode.Corrupt, $"{name} does not authenticate");
        }
    }

    /// <summary>Opens a bundle's file; null if it is not there.</summary>
    /// <remarks>What a prune found unused may have been in use by then: it rests in the trash until whoever read it is done, or is moved back.</remarks>
    public static IStoredFile? TryOpenFile(IFileStore store, ObjectId id) =>
        store.TryOpen(FileKind.Bundle, id) ?? store.TryOpen(FileKind.UnusedBundle, id) ?? store.TryOpen(FileKind.Bundle, id);

    /// <summary>Whether a bundle is there no longer, in the trash neither.</summary>
    public static bool IsGone(IFileStore store, ObjectId id)
    {
        using var file = TryOpenFile(store, id);
        return file is null;
    }

    private IStoredFile OpenFile() => TryOpenFile(store, Id) ?? throw Missing();

    private RepositoryException Missing() => new(ErrorCode.Corrupt, $"{what} is missing");

    private SealingKey FrameKey(byte slot, string name)
    {
        if (slot >= frameKeys.Length)
            throw new RepositoryException(ErrorCode.Corrupt, $"{name} names key slot {slot} of {frameKeys.Length}");
        lock (frameKeys)
            return frameKeys[slot] ??= KeySlot.Open(slots.AsSpan(slot * KeySlot.Size, KeySlot.Size), keys, chunkClass, what);
    }

    private BundleFooter ReadFooter(IStoredFile file, ReadOnlySpan<byte> head)
    {
        Span<byte> trailer = stackalloc byte[BundleFormat.TrailerSize];
        Read(file, file.Length - BundleFormat.TrailerSize, trailer, "trailer");
        if (!trailer[^8..].SequenceEqual(Encoding.ASCII.GetBytes(BundleFormat.TrailerMagic)))
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: does not end with {BundleFormat.TrailerMagic}");
        var offset = BinaryPrimitives.ReadInt64LittleEndian(trailer);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(trailer[8..]);
        if (length is < SealingKey.TagSize or > BundleFormat.MaxFooterLength || offset != file.Length - BundleFormat.TrailerSize - length
            || trailer[12..^8].ContainsAnyExcept((byte)0))
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: trailer points to {length} bytes at {offset} of {file.Length}");
        var footer = new BundleFooter(OpenFooter(file, offset, (int)length, head), what);
        if (!footer.HeadHash.SequenceEqual(SHA256.HashData([.. head, .. slots])))
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: head and key slots are not those that the footer was written for");
        return footer;
    }

    private byte[] OpenFooter(IStoredFile file, long offset, int length, ReadOnlySpan<byte> head)
    {
        var buffer = BlockPool.Shared.Rent(length);
        try
        {
            var sealedFooter = buffer.AsSpan(0, length);
            Read(file, offset, sealedFooter, "footer");
            var plain = new byte[length - SealingKey.TagSize];
            using var key = keys.FileKey(head);
            return key.TryOpen(SealedKind.BundleFooter, 0, sealedFooter, plain)
                ? plain
                : throw new RepositoryException(ErrorCode.Corrupt, $"{what}: footer does not authenticate");
        }
        finally
        {
            BlockPool.Shared.Return(buffer);
        }
    }

    private void Read(IStoredFile file, long offset, Span<byte> destination, string part)
    {
        if (!file.TryRead(offset, destination))
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: ends at {file.Length}, inside its {part}");
    }
}
