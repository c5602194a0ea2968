using System.Collections.Concurrent;
using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Storage;

/// <summary>Files that lie elsewhere, read as if they were here, and with few questions.</summary>
public class ObjectStoreTests
{
    [Fact]
    public void Every_read_gives_what_the_file_holds_and_none_goes_beyond_its_end()
    {
        using var repository = TestRepository.New();
        repository.Put("a", TestBytes.Random(1, 3_000_000), raw: true);
        var store = new ObjectStore(new Elsewhere(repository.Store));
        var random = new Random(7);
        foreach (var kind in new[] { FileKind.Bundle, FileKind.Index, FileKind.Snapshot })
        {
            foreach (var id in store.List(kind))
            {
                using var near = repository.Store.TryOpen(kind, id)!;
                using var far = store.TryOpen(kind, id)!;
                Assert.Equal(near.Length, far.Length);
                for (var round = 0; round < 200; round++)
                {
                    var offset = round % 3 == 0 ? 0 : random.NextInt64(near.Length + 10);
                    var length = round % 5 == 0 ? (int)Math.Min(32, Math.Max(0, near.Length - offset)) : random.Next(300_000);
                    var (expected, actual) = (new byte[length], new byte[length]);
                    Assert.Equal(near.TryRead(offset, expected), far.TryRead(offset, actual));
                    Assert.Equal(expected, actual);
                }
            }
        }
    }

    [Fact]
    public void A_get_asks_twice_for_a_bundle_and_once_for_each_frame()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Random(2, 3_000_000);
        var snapshot = repository.Put("a", stream, raw: true);
        var source = new Elsewhere(repository.Store);
        var store = new ObjectStore(source);
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        var manifest = Server.Snapshots.Manifest.TryRead(store, TestKeys.Full, id, withContent: true)!;
        using var target = new MemoryStream();
        using (var session = new GetSession(store, TestKeys.Full, manifest, _ => { }))
            session.Run(target, prefix: null, new TransferProgress(), CancellationToken.None);
        Assert.Equal(stream, target.ToArray());
        var bundles = store.List(FileKind.Bundle).Count;
        Assert.InRange(source.Reads.Count(kind => kind == ObjectKind.Bundle), bundles * 2, bundles * 2 + 8);
    }

    [Fact]
    public void What_vanishes_is_damage_and_keys_are_never_asked_for()
    {
        using var repository = TestRepository.New();
        repository.Put("a", TestBytes.Random(3, 100_000), raw: true);
        var store = new ObjectStore(new Elsewhere(repository.Store));
        var id = store.List(FileKind.Bundle)[0];
        repository.Store.Delete(FileKind.Bundle, id);
        using var file = store.TryOpen(FileKind.Bundle, id)!;
        var error = Assert.Throws<RepositoryException>(() => file.TryRead(0, new byte[64]));
        Assert.Equal(ErrorCode.Corrupt, error.Code);
        Assert.Contains("no longer there", error.Message, StringComparison.Ordinal);
        Assert.Empty(store.List(FileKind.Key));
        Assert.Null(store.TryOpen(FileKind.Key, id));
    }

    /// <summary>A local store's files as objects.</summary>
    private sealed class Elsewhere(LocalDirectory store) : IObjectSource
    {
        public ConcurrentQueue<ObjectKind> Reads { get; } = [];

        public string Location => "elsewhere";

        public byte[] ReadConfig() => store.ReadConfig()!;

        public IReadOnlyList<StoredObject> List(ObjectKind kind) =>
            [.. store.List(kind.ToFile()).Select(id => new StoredObject(id, store.Length(kind.ToFile(), id)!.Value))];

        public long? Length(ObjectKind kind, ObjectId id) => store.Length(kind.ToFile(), id);

        public void Read(ObjectKind kind, ObjectId id, long offset, Span<byte> destination)
        {
            Reads.Enqueue(kind);
            using var file = store.TryOpen(kind.ToFile(), id) ?? throw new RepositoryException(ErrorCode.NotFound, $"There is no {id}");
            Assert.True(file.TryRead(offset, destination));
        }
    }
}
