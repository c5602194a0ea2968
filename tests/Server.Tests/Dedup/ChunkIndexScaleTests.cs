using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Dedup;

public class ChunkIndexScaleTests
{
    private readonly MemoryStore store = new();

    [Fact]
    public void Flush_that_leaves_many_files_merges_them_and_keeps_every_chunk()
    {
        const int Flushes = 150;
        using var index = ChunkIndex.Open(store, TestKeys.Full, store.Session, Assert.Fail);
        for (var number = 0; number < Flushes; number++)
        {
            index.Add(TestBytes.Object(number), ChunkClass.Content, [new FrameEntry(TestBytes.Chunk(number), 1, 1, null, default)], store.Session);
            index.Flush(store.Session);
        }

        Assert.InRange(index.Files.Count, 1, 63);
        Assert.Equal(store.List(FileKind.Index).Order(), index.Files.Select(file => file.Id).Order());
        for (var number = 0; number < Flushes; number++)
        {
            Assert.True(index.TryFind(TestBytes.Chunk(number), ChunkClass.Content, out var place));
            Assert.Equal(TestBytes.Object(number), place.Bundle);
        }
    }

    [Fact]
    public void Reader_that_must_not_write_keeps_a_long_index_out_of_memory_and_writes_nothing_into_the_store()
    {
        const int Bundles = 10, Entries = 60_000;
        using var index = ChunkIndex.Open(store, TestKeys.Full, session: null, Assert.Fail);
        for (var bundle = 0; bundle < Bundles; bundle++)
        {
            FrameEntry[] entries = [.. Enumerable.Range(bundle * Entries, Entries).Select(seed => new FrameEntry(new ChunkId((ulong)seed * 0x9E3779B97F4A7C15, 0, 0, (ulong)seed), 1, 1, null, default))];
            index.Add(TestBytes.Object(bundle), ChunkClass.Content, entries, session: null);
        }

        Assert.Equal(2, index.Files.Count);
        Assert.Empty(store.List(FileKind.Index));
        for (var seed = 0; seed < Bundles * Entries; seed += 599)
        {
            Assert.True(index.TryFind(new ChunkId((ulong)seed * 0x9E3779B97F4A7C15, 0, 0, (ulong)seed), ChunkClass.Content, out var place));
            Assert.Equal((TestBytes.Object(seed / Entries), seed % Entries), (place.Bundle, place.Entry));
        }
    }

    [Fact]
    public void Find_asks_a_filter_of_several_sealed_parts()
    {
        const int Records = 800_000;
        const ulong Step = ulong.MaxValue / Records;
        using var writer = new IndexFileWriter(store, TestKeys.Full, store.Session, Records);
        for (var number = 0; number < Records; number++)
            writer.Add(new IndexRecord(Spread(number), new ChunkPlace(TestBytes.Object(1), number, 1, null, ChunkClass.Content)));
        using var file = IndexFile.TryOpen(store, TestKeys.Full, writer.Commit().Id)!;

        for (var number = 0; number < Records; number += 997)
        {
            var places = new List<ChunkPlace>();
            file.Find(Spread(number), places);
            Assert.Equal(number, Assert.Single(places).Entry);
        }

        // Ids that rise and lie all over the range, as hashes do.
        static ChunkId Spread(int number) => new((ulong)number * Step, (ulong)number * Step, 0, 0);
    }
}
