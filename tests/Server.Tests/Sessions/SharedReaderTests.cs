using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Sessions;

/// <summary>One reader for many who look at a little.</summary>
public sealed class SharedReaderTests : IDisposable
{
    private static readonly TimeSpan LongTime = TimeSpan.FromHours(1);

    private readonly TestRepository repository = TestRepository.New();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Who_comes_later_reads_with_the_same_one_and_the_last_ends_it()
    {
        var snapshot = Put("a", 1);
        using (var shared = Shared())
        {
            using var first = shared.Use(snapshot, Fail);
            using (var second = shared.Use(snapshot, Fail))
                Assert.Same(first.Reader, second.Reader);
            first.Dispose();
            using var third = shared.Use(snapshot, Fail);
            Assert.Same(first.Reader, third.Reader);
            Assert.Single(Sessions());
        }

        Assert.Empty(Sessions());
    }

    [Fact]
    public void A_snapshot_that_came_later_gets_one_that_knows_it()
    {
        var before = Put("a", 1);
        using var shared = Shared();
        using var first = shared.Use(before, Fail);
        var after = Put("b", 2);
        using var second = shared.Use(after, Fail);
        Assert.NotSame(first.Reader, second.Reader);
        Read(second, after);
        using var third = shared.Use(before, Fail);
        Assert.Same(second.Reader, third.Reader);
        Assert.Equal(2, Sessions().Length);
        first.Dispose();
        Assert.Single(Sessions());
        Read(third, before);
    }

    [Fact]
    public void What_is_mended_is_seen_by_who_comes_next()
    {
        var snapshot = Put("a", 1);
        var bundle = repository.Files(FileKind.Bundle)[0];
        File.Move(bundle, bundle + ".away");
        using var shared = Shared();
        using (var use = shared.Use(snapshot, _ => { }))
            Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => Read(use, snapshot)).Code);
        File.Move(bundle + ".away", bundle);
        using var next = shared.Use(snapshot, Fail);
        Read(next, snapshot);
    }

    [Fact]
    public void Each_is_told_of_what_was_found_when_it_was_opened()
    {
        var snapshot = Put("a", 1);
        foreach (var file in repository.Files(FileKind.Index))
            File.WriteAllBytes(file, [1, 2, 3]);
        using var shared = Shared();
        List<string> first = [], second = [];
        using var one = shared.Use(snapshot, first.Add);
        using var other = shared.Use(snapshot, second.Add);
        Assert.Contains("reading the bundles instead", Assert.Single(first));
        Assert.Equal(first, second);
    }

    [Fact]
    public void One_that_is_not_used_ends_soon()
    {
        var snapshot = Put("a", 1);
        using var shared = Shared(idle: TimeSpan.FromMilliseconds(1));
        var use = shared.Use(snapshot, Fail);
        Assert.Single(Sessions());
        use.Dispose();
        Assert.True(SpinWait.SpinUntil(() => Sessions().Length == 0, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void One_that_is_old_is_given_to_nobody_and_ends_with_its_last_use()
    {
        var snapshot = Put("a", 1);
        using var shared = Shared(age: TimeSpan.Zero);
        var first = shared.Use(snapshot, Fail);
        using var second = shared.Use(snapshot, Fail);
        Assert.NotSame(first.Reader, second.Reader);
        Assert.Equal(2, Sessions().Length);
        first.Dispose();
        Assert.Single(Sessions());
    }

    [Fact]
    public void Many_at_once_read_what_they_want_while_it_ends_and_begins()
    {
        ObjectId[] snapshots = [.. Enumerable.Range(1, 8).Select(seed => Put($"n{seed}", seed))];
        using (var shared = Shared(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(1)))
        {
            Parallel.For(0, 120, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number =>
            {
                using var use = shared.Use(snapshots[number % 8], Fail);
                Read(use, snapshots[number % 8]);
            });
        }

        Assert.Empty(Sessions());
    }

    [Fact]
    public void A_lock_file_that_cannot_be_deleted_ends_nothing_else()
    {
        var snapshot = Put("a", 1);
        using var shared = Shared(idle: TimeSpan.FromMilliseconds(1));
        var use = shared.Use(snapshot, Fail);
        var file = Assert.Single(Sessions());
        File.Delete(file);
        Directory.CreateDirectory(file); // which is deleted in another way
        use.Dispose();
        Thread.Sleep(50);
        using (var next = shared.Use(snapshot, Fail))
            Read(next, snapshot);
        Directory.Delete(file);
    }

    /// <summary>A page of the index is found damaged by one while others begin and end.</summary>
    [Fact]
    public async Task What_the_index_tells_hinders_nobody_who_begins_or_ends()
    {
        for (var round = 0; round < 10; round++)
        {
            using var damaged = repository.Copy();
            var snapshot = ObjectId.TryParse(damaged.Put("a", TestBytes.Random(round, 300_000), raw: true).Id, out var id) ? id : default;
            using var shared = new SharedReader(damaged.Store, TestKeys.Full) { MaxAge = LongTime, MaxIdle = LongTime };
            var told = new System.Collections.Concurrent.ConcurrentQueue<string>();
            using var first = shared.Use(snapshot, told.Enqueue);
            foreach (var path in damaged.Files(FileKind.Index))
            {
                var bytes = File.ReadAllBytes(path);
                bytes[500] ^= 1;
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.WriteAllBytes(path, bytes);
            }

            var ids = damaged.Store.List(FileKind.Bundle).Select(first.Reader.Frames.Bundle).SelectMany(bundle => Enumerable.Range(0, bundle.Footer.Count).Select(bundle.Footer.Id)).ToList();
            var looking = Task.Run(() => ids.ForEach(chunk => first.Reader.Index.TryFind(chunk, ChunkClass.Content, out _)));
            while (!looking.IsCompleted)
                first.Reader.Tell(0, _ => { });
            await looking.WaitAsync(TimeSpan.FromSeconds(30));
            first.Dispose();
            Assert.Contains(told, line => line.Contains("reading the bundles instead", StringComparison.Ordinal));
        }
    }

    private static void Fail(string message) => Assert.Fail(message);

    private SharedReader Shared(TimeSpan? age = null, TimeSpan? idle = null) => new(repository.Store, TestKeys.Full) { MaxAge = age ?? LongTime, MaxIdle = idle ?? LongTime };

    private string[] Sessions() => Directory.GetFiles(Path.Combine(repository.Path, "locks"), "*.session");

    private ObjectId Put(string name, int seed) =>
        ObjectId.TryParse(repository.Put(name, TestBytes.Random(seed, 300_000), raw: true).Id, out var id) ? id : throw new InvalidOperationException();

    private void Read(ReaderUse use, ObjectId id)
    {
        var structure = Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: false)!.Structure;
        using var hasher = new ChunkHasher(TestKeys.Full.ChunkIdSecret(ChunkClass.Content, structure.Streams[StreamNames.Payload].Domain));
        using var stream = new StoredSequence(structure.Streams[StreamNames.Payload], use.Reader.Chunks(), hasher);
        var bytes = new byte[300_000];
        stream.Read(0, bytes, CancellationToken.None);
        var seed = int.Parse(structure.Name.Length > 1 ? structure.Name[1..] : structure.Name == "a" ? "1" : "2");
        Assert.Equal(TestBytes.Random(seed, 300_000), bytes);
    }
}
