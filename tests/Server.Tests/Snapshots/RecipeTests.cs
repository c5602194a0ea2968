using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Tests.Snapshots;

public sealed class RecipeTests : IDisposable
{
    private readonly MemoryStore store = new();
    private readonly ChunkIndex index;
    private readonly FrameCache frames;
    private readonly List<WrittenBundle> written = [];

    public RecipeTests()
    {
        index = ChunkIndex.Open(store, TestKeys.Full, store.Session, Assert.Fail);
        frames = new FrameCache(store, TestKeys.Full, maxFrames: 16);
    }

    public void Dispose()
    {
        frames.Dispose();
        index.Dispose();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(32, 0)]
    [InlineData(33, 1)]
    [InlineData(100_000, 2)]
    [InlineData(1_000_000, 2)]
    public void Reader_gives_the_ids_that_the_writer_took(int count, int level)
    {
        var root = Write(Ids(count));
        Assert.Equal((level, 10L * count), (root.Level, root.Length));
        Assert.True(root.Node.Length <= 32 * RecipeNode.InnerEntrySize);
        Assert.Equal(Ids(count), RecipeReader.Chunks(root, Chunks()).Select(chunk => chunk.Id));
    }

    [Fact]
    public void Reader_begins_at_every_kind_of_offset()
    {
        const int Count = 5000;
        var root = Write(Ids(Count));
        Assert.True(root.Level > 0);
        index.Add(TestBytes.Object(1), ChunkClass.Content, [.. Ids(Count).Select(id => new FrameEntry(id, 10, 10, null, default))], session: null);
        foreach (var offset in new[] { 1L, 9, 10, 11, 640, 3199, 3200, 25_005, (10 * Count) - 10, (10 * Count) - 1 })
        {
            var chunks = RecipeReader.Chunks(root, Chunks(), offset).ToList();
            Assert.Equal(Ids(Count).Skip((int)(offset / 10)), chunks.Select(chunk => chunk.Id));
            Assert.Equal((int)(offset % 10), chunks[0].Skip);
            Assert.All(chunks.Skip(1), chunk => Assert.Equal(0, chunk.Skip));
        }

        Assert.Empty(RecipeReader.Chunks(root, Chunks(), 10 * Count));
    }

    [Fact]
    public void Writer_stores_the_same_nodes_once_and_after_an_edit_only_those_around_it()
    {
        var ids = Ids(50_000).ToList();
        Write(ids);
        var first = written.Sum(bundle => bundle.Entries.Count);
        Write(ids);
        Assert.Equal(first, written.Sum(bundle => bundle.Entries.Count));

        ids.Insert(25_000, TestBytes.Chunk(-1));
        Write(ids);
        Assert.InRange(written.Sum(bundle => bundle.Entries.Count) - first, 1, 6);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(13)]
    public void Reader_refuses_a_level_that_cannot_be(int level)
    {
        var root = new RecipeRoot { Length = 0, Domain = 1, Level = level, Node = [] };
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => RecipeReader.Chunks(root, Chunks())).Code);
    }

    [Fact]
    public void Reader_refuses_a_broken_node_and_one_that_is_missing()
    {
        var broken = new RecipeRoot { Length = 10, Domain = 1, Level = 0, Node = new byte[33] };
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => RecipeReader.Chunks(broken, Chunks()).ToList()).Code);
        var missing = new RecipeRoot { Length = 10, Domain = 1, Level = 1, Node = new byte[RecipeNode.InnerEntrySize] };
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => RecipeReader.Chunks(missing, Chunks()).ToList()).Code);
    }

    [Fact]
    public void Reader_refuses_a_node_that_says_less_than_nothing_is_under_an_entry()
    {
        var root = Write(Ids(5000));
        root.Node[RecipeNode.InnerEntrySize - 1] = 0x80;
        foreach (var offset in new[] { 0L, 1 })
            Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => RecipeReader.Chunks(root, Chunks(), offset).ToList()).Code);
    }

    // Uniform as ids are, and quickly made.
    private static IEnumerable<ChunkId> Ids(int count)
    {
        var random = new Random(1);
        for (var number = 0; number < count; number++)
            yield return new ChunkId((ulong)random.NextInt64(), (ulong)random.NextInt64(), 0, (ulong)random.NextInt64());
    }

    private RecipeRoot Write(IEnumerable<ChunkId> ids)
    {
        using var structure = new StructureChunks(
            new ChunkHasher(TestKeys.Full.ChunkIdSecret(ChunkClass.Structure, 1)),
            new LocalityCache(index, frames),
            new SimilarityIndex(ChunkClass.Structure, 1 << 10),
            new NearChunks(index, frames, ChunkClass.Structure, opensStored: true),
            new BundleWriter(store, TestKeys.Full, store.Session, ChunkClass.Structure, domain: 1),
            level: 1,
            bundle =>
            {
                index.Add(bundle.Id, ChunkClass.Structure, bundle.Entries, session: null);
                written.Add(bundle);
            });
        var writer = new RecipeWriter(structure);
        foreach (var id in ids)
            writer.Add(id, 10);
        var root = writer.Finish();
        structure.Complete();
        return root;
    }

    private ChunkReader Chunks() => new(new LocalityCache(index, frames), frames);
}
