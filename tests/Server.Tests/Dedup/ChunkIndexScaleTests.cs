using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Dedup;

public sealed class ChunkIndexScaleTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("streamback-test-").FullName;
    private readonly RepositoryKeys keys = RepositoryKeys.New(RepositoryId.New());
    private readonly LocalDirectory store;
    private readonly ISessionLock session;

    public ChunkIndexScaleTests()
    {
        store = new LocalDirectory(root, new Disk());
        store.CreateConfig(RepositoryConfig.New(ChunkingParameters.Default.Average, RepositoryConfig.DefaultCompression).Write());
        session = store.OpenSession();
    }

    public void Dispose()
    {
        session.Dispose();
        keys.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Flush_of_many_small_files_merges_them_and_keeps_every_chunk()
    {
        const int Flushes = 150;
        using var index = ChunkIndex.Open(store, keys, session, Assert.Fail);
        for (var number = 0UL; number < Flushes; number++)
        {
            index.Add(Bundle(number), ChunkClass.Content, [new FrameEntry(Chunk(number), 1, 1, null, default)], session);
            index.Flush(session);
        }

        Assert.InRange(store.List(FileKind.Index).Count, 1, 63);
        Assert.Equal(store.List(FileKind.Index).Order(), index.Files.Select(file => file.Id).Order());
        for (var number = 0UL; number < Flushes; number++)
        {
            Assert.True(index.TryFind(Chunk(number), ChunkClass.Content, out var place));
            Assert.Equal(Bundle(number), place.Bundle);
        }

        Assert.False(index.TryFind(Chunk(Flushes), ChunkClass.Content, out _));
    }

    [Fact]
    public void Flush_writes_chunks_that_come_in_any_order()
    {
        ulong[] order = [7, 3, 9, 1, 8];
        using var index = ChunkIndex.Open(store, keys, session, Assert.Fail);
        index.Add(Bundle(1), ChunkClass.Content, [.. order.Select(number => new FrameEntry(Chunk(number), 1, 1, null, default))], session);
        index.Flush(session);

        Assert.Equal(order.Select(Chunk).Order(), index.Files[0].All().Select(record => record.Id));
        foreach (var (entry, number) in order.Index())
        {
            Assert.True(index.TryFind(Chunk(number), ChunkClass.Content, out var place));
            Assert.Equal(entry, place.Entry);
        }
    }

    [Fact]
    public void Find_asks_a_filter_of_several_sealed_parts()
    {
        // Ids that rise and lie all over the range, as the filter expects.
        const ulong Records = 800_000;
        const ulong Step = ulong.MaxValue / Records | 1;
        using var writer = new IndexFileWriter(store, keys, session, (long)Records);
        for (var number = 0UL; number < Records; number++)
            writer.Add(new IndexRecord(Spread(number), new ChunkPlace(Bundle(1), (int)number, 1, null, ChunkClass.Content)));
        using var file = IndexFile.TryOpen(store, keys, writer.Commit().Id)!;

        Assert.True(file.Length - IndexFormat.PageOffset((int)Records / 85) > IndexFormat.FilterPartSize);
        for (var number = 0UL; number < Records; number += 997)
        {
            var places = new List<ChunkPlace>();
            file.Find(Spread(number), places);
            Assert.Equal((int)number, Assert.Single(places).Entry);
        }

        static ChunkId Spread(ulong number) => new(number * Step, number * Step, 0, 0);
    }

    [Fact]
    public void List_passes_over_folders_and_foreign_names()
    {
        var index = Path.Combine(root, FileKind.Index.Folder());
        File.WriteAllText(Path.Combine(index, Bundle(1).ToString()), "");
        File.WriteAllText(Path.Combine(index, "." + Bundle(2) + ".tmp"), "");
        Directory.CreateDirectory(Path.Combine(index, Bundle(3).ToString()));

        Assert.Equal([Bundle(1)], store.List(FileKind.Index));
    }

    private static ObjectId Bundle(ulong number) => new(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(number)));

    private static ChunkId Chunk(ulong number) => new(Bundle(number).Bytes);
}
