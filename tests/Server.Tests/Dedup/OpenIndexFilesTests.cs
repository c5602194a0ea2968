using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Tests.Dedup;

public class OpenIndexFilesTests
{
    private readonly MemoryStore store = new();

    [Fact]
    public void Sessions_share_a_file_until_the_last_lets_go()
    {
        var id = Write(1);
        var open = OpenIndexFiles.Of(store);
        var first = open.TryHold(store, TestKeys.Full, id)!;
        Assert.Same(first, open.TryHold(store, TestKeys.Full, id));
        open.Release(first);
        Assert.Equal(1, Records(first));
        open.Release(first);
        var second = open.TryHold(store, TestKeys.Full, id)!;
        Assert.NotSame(first, second);
        open.Release(second);
    }

    [Fact]
    public void Each_store_has_its_own()
    {
        var id = Write(1);
        Assert.NotSame(OpenIndexFiles.Of(store), OpenIndexFiles.Of(new MemoryStore()));
        Assert.Null(OpenIndexFiles.Of(store).TryHold(store, TestKeys.Full, new Protocol.ObjectId(new byte[32])));
        var held = OpenIndexFiles.Of(store).TryHold(store, TestKeys.Full, id)!;
        Assert.Equal(1, Records(held));
        OpenIndexFiles.Of(store).Release(held);
    }

    private static int Records(IndexFile file) => file.All().Count();

    private Protocol.ObjectId Write(byte number)
    {
        using var session = store.OpenSession();
        using var writer = new IndexFileWriter(store, TestKeys.Full, session, 1);
        var bytes = new byte[ChunkId.Length];
        bytes[0] = number;
        writer.Add(new IndexRecord(new ChunkId(bytes), new ChunkPlace(new Protocol.ObjectId(bytes), 0, 1, null, ChunkClass.Content)));
        return writer.Commit().Id;
    }
}
