using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Tests.Bundles;

/// <summary>Bundles of chosen entries, whose stored bytes are made up, and of chosen bytes.</summary>
internal static class BundleFixture
{
    /// <summary>Writes one bundle with all entries in one frame.</summary>
    public static WrittenBundle Write(MemoryStore store, FrameEntry[] entries, ChunkClass chunkClass = ChunkClass.Content) =>
        Write(store, [entries], chunkClass);

    /// <summary>Writes one bundle with these frames.</summary>
    public static WrittenBundle Write(MemoryStore store, FrameEntry[][] frames, ChunkClass chunkClass = ChunkClass.Content)
    {
        using var writer = new BundleWriter(store, TestKeys.Full, store.Session, chunkClass, domain: 1);
        foreach (var entries in frames)
        {
            using var frame = PackedFrame.Pack(Stored(entries), entries, level: 3);
            Assert.Null(writer.Add(frame));
        }

        return writer.Close()!;
    }

    /// <summary>Writes one bundle of plain chunks with these very bytes, whatever their ids.</summary>
    public static WrittenBundle Store(MemoryStore store, ChunkClass chunkClass, uint domain, (ChunkId Id, byte[] Bytes)[] chunks)
    {
        using var writer = new BundleWriter(store, TestKeys.Full, store.Session, chunkClass, domain);
        FrameEntry[] entries = [.. chunks.Select(chunk => new FrameEntry(chunk.Id, chunk.Bytes.Length, chunk.Bytes.Length, null, default))];
        using var frame = PackedFrame.Pack([.. chunks.SelectMany(chunk => chunk.Bytes)], entries, level: 3);
        Assert.Null(writer.Add(frame));
        return writer.Close()!;
    }

    /// <summary>The bytes that <see cref="Write(MemoryStore, FrameEntry[], ChunkClass)"/> stores for the entries of a frame.</summary>
    public static byte[] Stored(FrameEntry[] entries) => TestBytes.Text(entries.Length, entries.Sum(entry => entry.StoredLength));
}
