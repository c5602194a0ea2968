using System.Buffers.Binary;
using System.Text;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Dedup;

/// <summary>
/// Writes one index file from records that come sorted by id: page after page, then filter and directory. Memory: the
/// filter and eight bytes a page. Format: 5.
/// </summary>
/// <remarks>Threading: one thread at a time. Owns the open file; dispose without <see cref="Commit"/> deletes it.</remarks>
internal sealed class IndexFileWriter : IDisposable
{
    private readonly IFileWriter file;
    private readonly SealingKey key;
    private readonly IdFilter filter;
    private readonly List<ObjectId> bundles = [];
    private readonly Dictionary<ObjectId, uint> bundleNumbers = [];
    private readonly List<ulong> pageKeys = [];
    private readonly List<IndexRecord> page = [];
    private int pageRoom = IndexFormat.PageSize - IndexFormat.PageHeadSize;
    private long records;

    /// <param name="maxRecords">At least as many as will be added; the filter is sized by it.</param>
    public IndexFileWriter(IFileStore store, RepositoryKeys keys, ISessionLock session, long maxRecords)
    {
        Span<byte> head = stackalloc byte[FileHead.Size];
        new FileHead(IndexFormat.Magic, keys.Repository).Write(head);
        filter = new IdFilter(maxRecords);
        key = keys.FileKey(head);
        file = store.Create(FileKind.Index, session);
        try
        {
            file.Write(head);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Names a bundle as covered in full; needed only for one without entries.</summary>
    public uint Cover(ObjectId bundle)
    {
        if (!bundleNumbers.TryGetValue(bundle, out var number))
        {
            number = (uint)bundles.Count;
            bundles.Add(bundle);
            bundleNumbers.Add(bundle, number);
        }

        return number;
    }

    /// <summary>Adds a record; ids never fall.</summary>
    public void Add(IndexRecord record)
    {
        if (IndexFormat.Room(record.Place) > pageRoom)
            FlushPage();
        page.Add(record);
        pageRoom -= IndexFormat.Room(record.Place);
        filter.Add(record.Id);
        Cover(record.Place.Bundle);
        records++;
    }

    /// <summary>Completes the file; durable under its name when this returns.</summary>
    /// <returns>Its name and its length in bytes.</returns>
    public (ObjectId Id, long Length) Commit()
    {
        FlushPage();
        var ordinal = (ulong)pageKeys.Count;
        for (var at = 0; at < filter.Bytes.Length; at += IndexFormat.FilterPartSize)
        {
            var part = filter.Bytes[at..Math.Min(at + IndexFormat.FilterPartSize, filter.Bytes.Length)];
            file.Write(key.Seal(SealedKind.IndexFilter, ordinal++, part));
        }

        var offset = file.Length;
        var directory = key.Seal(SealedKind.IndexDirectory, IndexFormat.DirectoryOrdinal, Directory());
        file.Write(directory);
        Span<byte> trailer = stackalloc byte[IndexFormat.TrailerSize];
        trailer.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(trailer, offset);
        BinaryPrimitives.WriteInt32LittleEndian(trailer[8..], directory.Length);
        Encoding.ASCII.GetBytes(IndexFormat.TrailerMagic, trailer[^8..]);
        file.Write(trailer);
        return (file.Commit(), file.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        key.Dispose();
    }

    private byte[] Directory()
    {
        var bytes = new byte[IndexFormat.DirectoryHeadSize + bundles.Count * IndexFormat.BundleIdSize + pageKeys.Count * IndexFormat.PageKeySize];
        var at = bytes.AsSpan();
        BinaryPrimitives.WriteInt64LittleEndian(at, records);
        BinaryPrimitives.WriteInt32LittleEndian(at[8..], pageKeys.Count);
        BinaryPrimitives.WriteInt32LittleEndian(at[12..], bundles.Count);
        BinaryPrimitives.WriteInt32LittleEndian(at[16..], filter.Bytes.Length / IdFilter.BlockSize);
        at = at[IndexFormat.DirectoryHeadSize..];
        foreach (var bundle in bundles)
        {
            bundle.Bytes.CopyTo(at);
            at = at[IndexFormat.BundleIdSize..];
        }

        foreach (var first in pageKeys)
        {
            BinaryPrimitives.WriteUInt64BigEndian(at, first);
            at = at[IndexFormat.PageKeySize..];
        }

        return bytes;
    }

    private void FlushPage()
    {
        if (page.Count == 0)
            return;
        Span<byte> bytes = stackalloc byte[IndexFormat.PageSize];
        bytes.Clear();
        var bases = (ushort)0;
        var at = bytes[IndexFormat.PageHeadSize..];
        var baseAt = at[(page.Count * IndexFormat.RecordSize)..];
        foreach (var (id, place) in page)
        {
            id.WriteTo(at);
            BinaryPrimitives.WriteUInt32LittleEndian(at[32..], bundleNumbers[place.Bundle]);
            BinaryPrimitives.WriteInt32LittleEndian(at[36..], place.Entry);
            BinaryPrimitives.WriteInt32LittleEndian(at[40..], place.ChunkLength);
            BinaryPrimitives.WriteUInt16LittleEndian(at[44..], place.Base is null ? IndexFormat.NoBase : bases);
            BinaryPrimitives.WriteUInt16LittleEndian(at[46..], (ushort)place.Class);
            at = at[IndexFormat.RecordSize..];
            if (place.Base is not { } baseId)
                continue;
            baseId.WriteTo(baseAt[(bases * ChunkId.Length)..]);
            bases++;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)page.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], bases);
        file.Write(key.Seal(SealedKind.IndexPage, (ulong)pageKeys.Count, bytes));
        pageKeys.Add(page[0].Id.A);
        page.Clear();
        pageRoom = IndexFormat.PageSize - IndexFormat.PageHeadSize;
    }
}
