using System.Buffers.Binary;
using System.Text;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Dedup;

/// <summary>
/// An open index file. In memory: its directory (bundle ids, eight bytes a page) and, from the first question on, its
/// filter; pages are read when asked for. Format: 5.
/// </summary>
/// <remarks>Threading: any number of threads. Owns the open file, which stays readable when the file is deleted.</remarks>
internal sealed class IndexFile : IDisposable
{
    private readonly IStoredFile file;
    private readonly SealingKey key;
    private readonly string what;
    private readonly ObjectId[] bundles;
    private readonly ulong[] pageKeys;
    private readonly int filterBlocks;
    private readonly Lazy<IdFilter> filter;

    private IndexFile(IStoredFile file, RepositoryKeys keys, ObjectId id)
    {
        this.file = file;
        Id = id;
        what = $"index file {id}";
        Span<byte> head = stackalloc byte[FileHead.Size];
        Read(0, head);
        FileHead.Read(head, IndexFormat.Magic, keys.Repository, what);
        key = keys.FileKey(head);
        var directory = ReadDirectory().Span;
        Records = BinaryPrimitives.ReadInt64LittleEndian(directory);
        pageKeys = new ulong[Count(directory, 8)];
        bundles = new ObjectId[Count(directory, 12)];
        filterBlocks = Count(directory, 16);
        ReadDirectory(directory[IndexFormat.DirectoryHeadSize..]);
        filter = new Lazy<IdFilter>(ReadFilter, LazyThreadSafetyMode.PublicationOnly); // what could not be read once may be the next time
    }

    /// <summary>Opens an index file; null if it is not there.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static IndexFile? TryOpen(IFileStore store, RepositoryKeys keys, ObjectId id)
    {
        var file = store.TryOpen(FileKind.Index, id);
        try
        {
            return file is null ? null : new IndexFile(file, keys, id);
        }
        catch
        {
            file!.Dispose();
            throw;
        }
    }

    /// <summary>Its name.</summary>
    public ObjectId Id { get; }

    /// <summary>Number of records.</summary>
    public long Records { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length => file.Length;

    /// <summary>The bundles that it covers in full.</summary>
    public IReadOnlyList<ObjectId> Bundles => bundles;

    /// <summary>Adds every place of a chunk to <paramref name="places"/>.</summary>
    public void Find(ChunkId id, List<ChunkPlace> places)
    {
        if (pageKeys.Length == 0 || !filter.Value.MayContain(id))
            return;
        Span<byte> bytes = stackalloc byte[IndexFormat.PageSize];
        for (var page = FirstPage(id); page < pageKeys.Length && pageKeys[page] <= id.A; page++)
        {
            ReadPage(page, bytes);
            var records = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            for (var record = LowerBound(bytes, records, id); record < records; record++)
            {
                var found = Record(bytes, records, record);
                if (found.Id != id)
                    return;
                places.Add(found.Place);
            }
        }
    }

    /// <summary>All records, in order of their ids.</summary>
    public IEnumerable<IndexRecord> All()
    {
        var bytes = new byte[IndexFormat.PageSize];
        for (var page = 0; page < pageKeys.Length; page++)
        {
            ReadPage(page, bytes);
            var records = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            for (var record = 0; record < records; record++)
                yield return Record(bytes, records, record);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        key.Dispose();
    }

    // Equal ids may begin at the end of the page before the first whose key is not below theirs.
    private int FirstPage(ChunkId id)
    {
        var (low, high) = (0, pageKeys.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (pageKeys[middle] < id.A)
                low = middle + 1;
            else
                high = middle;
        }

        return Math.Max(0, low - 1);
    }

    private static int LowerBound(ReadOnlySpan<byte> page, int records, ChunkId id)
    {
        var (low, high) = (0, records);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (new ChunkId(page[(IndexFormat.PageHeadSize + middle * IndexFormat.RecordSize)..]) < id)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private IndexRecord Record(ReadOnlySpan<byte> page, int records, int number)
    {
        var at = page[(IndexFormat.PageHeadSize + number * IndexFormat.RecordSize)..];
        var bundle = BinaryPrimitives.ReadUInt32LittleEndian(at[32..]);
        var entry = BinaryPrimitives.ReadUInt32LittleEndian(at[36..]);
        var chunkLength = BinaryPrimitives.ReadUInt32LittleEndian(at[40..]);
        var baseNumber = BinaryPrimitives.ReadUInt16LittleEndian(at[44..]);
        var bases = BinaryPrimitives.ReadUInt16LittleEndian(page[2..]);
        if (bundle >= bundles.Length || (baseNumber != IndexFormat.NoBase && baseNumber >= bases))
            throw Damaged($"a record names bundle {bundle} and base {baseNumber}");
        if (entry >= BundleFormat.MaxEntries || chunkLength > BundleFormat.MaxChunkLength)
            throw Damaged($"a record names entry {entry} of {chunkLength} bytes");
        ChunkId? baseId = baseNumber == IndexFormat.NoBase
            ? null
            : new ChunkId(page[(IndexFormat.PageHeadSize + records * IndexFormat.RecordSize + baseNumber * ChunkId.Length)..]);
        var place = new ChunkPlace(
            bundles[bundle],
            (int)entry,
            (int)chunkLength,
            baseId,
            (ChunkClass)BinaryPrimitives.ReadUInt16LittleEndian(at[46..]));
        return new IndexRecord(new ChunkId(at), place);
    }

    private void ReadPage(int page, Span<byte> bytes)
    {
        Span<byte> sealedPage = stackalloc byte[IndexFormat.SealedPageSize];
        Read(IndexFormat.PageOffset(page), sealedPage);
        Open(SealedKind.IndexPage, (ulong)page, sealedPage, bytes);
        var used = IndexFormat.PageHeadSize + BinaryPrimitives.ReadUInt16LittleEndian(bytes) * IndexFormat.RecordSize
            + BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) * ChunkId.Length;
        if (used > IndexFormat.PageSize)
            throw Damaged($"page {page} says {used} bytes");
    }

    private IdFilter ReadFilter()
    {
        var bits = new byte[filterBlocks * IdFilter.BlockSize];
        var offset = IndexFormat.PageOffset(pageKeys.Length);
        var ordinal = (ulong)pageKeys.Length;

        // One buffer for all parts: arrays of this size stay until a full collection, as many bytes as the filter itself.
        var buffer = new byte[Math.Min(IndexFormat.FilterPartSize, bits.Length) + SealingKey.TagSize];
        for (var at = 0; at < bits.Length; at += IndexFormat.FilterPartSize)
        {
            var part = bits.AsSpan(at, Math.Min(IndexFormat.FilterPartSize, bits.Length - at));
            var sealedPart = buffer.AsSpan(0, part.Length + SealingKey.TagSize);
            Read(offset, sealedPart);
            Open(SealedKind.IndexFilter, ordinal++, sealedPart, part);
            offset += sealedPart.Length;
        }

        return new IdFilter(bits);
    }

    private Memory<byte> ReadDirectory()
    {
        Span<byte> trailer = stackalloc byte[IndexFormat.TrailerSize];
        Read(file.Length - IndexFormat.TrailerSize, trailer);
        var offset = BinaryPrimitives.ReadInt64LittleEndian(trailer);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(trailer[8..]);
        if (!Ascii.Equals(trailer[^8..], IndexFormat.TrailerMagic) || length > IndexFormat.MaxDirectoryLength
            || length < IndexFormat.DirectoryHeadSize + SealingKey.TagSize || offset != file.Length - IndexFormat.TrailerSize - length
            || trailer[12..^8].ContainsAnyExcept((byte)0))
            throw Damaged($"trailer points to {length} bytes at {offset} of {file.Length}");
        var directory = new byte[length];
        Read(offset, directory);
        var plain = directory.AsMemory(0, directory.Length - SealingKey.TagSize);
        Open(SealedKind.IndexDirectory, IndexFormat.DirectoryOrdinal, directory, plain.Span);
        return plain;
    }

    private void ReadDirectory(ReadOnlySpan<byte> at)
    {
        if (at.Length != (long)bundles.Length * IndexFormat.BundleIdSize + (long)pageKeys.Length * IndexFormat.PageKeySize || filterBlocks == 0)
            throw Damaged($"directory of {at.Length} bytes does not hold {bundles.Length} bundles and {pageKeys.Length} pages");
        foreach (ref var bundle in bundles.AsSpan())
        {
            bundle = new ObjectId(at[..IndexFormat.BundleIdSize]);
            at = at[IndexFormat.BundleIdSize..];
        }

        foreach (ref var first in pageKeys.AsSpan())
        {
            first = BinaryPrimitives.ReadUInt64BigEndian(at);
            at = at[IndexFormat.PageKeySize..];
        }
    }

    // Bounded by the file itself before memory is taken.
    private int Count(ReadOnlySpan<byte> directory, int offset)
    {
        var count = BinaryPrimitives.ReadUInt32LittleEndian(directory[offset..]);
        return count <= file.Length / PageKeyOrBlock ? (int)count : throw Damaged($"directory counts {count} of something");
    }

    private const int PageKeyOrBlock = 8;

    private void Read(long offset, Span<byte> destination)
    {
        if (!file.TryRead(offset, destination))
            throw Damaged($"ends at {file.Length}");
    }

    private void Open(SealedKind kind, ulong ordinal, ReadOnlySpan<byte> sealedPart, Span<byte> plain)
    {
        if (!key.TryOpen(kind, ordinal, sealedPart, plain))
            throw Damaged($"{kind} {ordinal} does not authenticate");
    }

    private RepositoryException Damaged(string how) => new(ErrorCode.Corrupt, $"{what} is damaged: {how}");
}
