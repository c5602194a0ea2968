using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Tar;
using StreamBack.Protocol.Tests.Tar;
using StreamBack.Server.Crypto;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Sessions;

/// <summary>The catalog that a put leaves beside its tar.</summary>
public sealed class StoredCatalogTests
{
    [Fact]
    public void A_put_stores_the_members_of_its_tar()
    {
        using var repository = TestRepository.New();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(40), Prop.ForAll(TarGenerator.Streams.ToArbitrary(), tar =>
        {
            var entries = Entries(repository, repository.Put("name", tar.Bytes));
            Assert.Equal(Expected(tar.Bytes).Select(Text), entries!.Select(Text));
            return true;
        }));
        repository.AssertSound("puts of tars");
    }

    [Fact]
    public void More_members_than_fit_into_memory_are_sorted_beside_it()
    {
        var tar = new TarBuilder();
        for (var number = 0; number < 40_000; number++)
            tar.Member($"{number * 7919 % 40_000}/file", "");
        var bytes = tar.End().ToArray();
        using var repository = TestRepository.New();
        var entries = Entries(repository, repository.Put("many", bytes))!;
        Assert.Equal(80_000, entries.Count);
        Assert.Equal(Expected(bytes).Select(Text), entries.Select(Text));
    }

    [Fact]
    public void Without_room_beside_memory_a_tar_is_stored_all_the_same()
    {
        using var builder = new CatalogBuilder(() => throw new IOException("No space left on device"), maxSortedBytes: 1000);
        var scanner = new TarScanner(builder);
        scanner.Scan(TestBytes.Tar([.. Enumerable.Range(0, 100).Select(_ => new byte[10])]));
        scanner.Finish();
        builder.Finish(_ => Assert.Fail("a catalog of some of the members"));
        Assert.Equal("there is no room beside memory: No space left on device", builder.Failure);
    }

    [Fact]
    public void The_same_tar_again_stores_nothing_new()
    {
        var tar = TestBytes.Tar([.. Enumerable.Range(0, 3000).Select(number => TestBytes.Text(number, 10))]);
        using var repository = TestRepository.New();
        repository.Put("name", tar);
        Assert.Equal(0, repository.Put("name", tar).NewChunks);
    }

    [Fact]
    public void A_few_members_more_store_few_chunks_of_it_anew()
    {
        // Bytes that are all alike are cut where they end, not where they say: names and contents are as they may be.
        static TarBuilder Add(TarBuilder tar, int number)
        {
            var random = new Random(number);
            return tar.Member($"folder{number % 50}/{random.NextInt64():x}", $"{random.NextInt64():d}"[..random.Next(12)]);
        }

        static byte[] Tar(int from) => Enumerable.Range(from, 20_000 - from).Aggregate(new TarBuilder(), Add).End().ToArray();
        using var repository = TestRepository.New();
        var before = CatalogChunks(repository, repository.Put("name", Tar(1)));
        var after = CatalogChunks(repository, repository.Put("name", Tar(0))); // in front of all that is there
        Assert.True(before.Values.Sum() > 500_000, $"{before.Values.Sum()}");
        Assert.InRange(after.Where(chunk => !before.ContainsKey(chunk.Key)).Sum(chunk => chunk.Value), 1, before.Values.Sum() / 10);
    }

    [Fact]
    public void Whoever_opens_no_contents_sees_no_name_of_a_member()
    {
        using var repository = TestRepository.New();
        var secret = System.Text.Encoding.ASCII.GetBytes("a-name-that-nobody-else-has");
        var snapshot = repository.Put("name", new TarBuilder().Member("a-name-that-nobody-else-has", "x").End().ToArray());
        var keys = TestKeys.Full.ToPutKeys();
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        var manifest = Manifest.TryRead(repository.Store, keys, id, withContent: true)!;
        Assert.Null(manifest.Content);
        Assert.Contains("catalog", manifest.Structure.Streams.Keys);
        Assert.Equal(-1, manifest.Structure.Write().AsSpan().IndexOf(secret));
        using var reader = new RepositoryReader(repository.Store, keys);
        var places = reader.Index.Records().ToList();
        Assert.Contains(places, record => record.Place.Class == ChunkClass.Content);
        foreach (var (chunk, place) in places.Select(record => (record.Id, record.Place)))
        {
            if (place.Class == ChunkClass.Content)
            {
                Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => reader.Chunks().Read(chunk, place.Class)).Code);
                continue;
            }

            var bytes = reader.Chunks().Read(chunk, place.Class);
            Assert.Equal(-1, bytes.Span.IndexOf(secret));
            bytes.Holder.Release();
        }

        Assert.All(Enum.GetValues<FileKind>().SelectMany(repository.Files), path => Assert.Equal(-1, File.ReadAllBytes(path).AsSpan().IndexOf(secret)));
    }

    [Fact]
    public void What_is_no_tar_has_none()
    {
        using var repository = TestRepository.New();
        Assert.Null(Entries(repository, repository.Put("name", TestBytes.Random(1, 10_000))));
        Assert.Null(Entries(repository, repository.Put("name", TestBytes.Tar([1]), raw: true)));
    }

    private static List<CatalogEntry>? Entries(TestRepository repository, SnapshotInfo snapshot) => IoErrors.Wrap(() =>
    {
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        using var session = new GetSession(repository.Store, TestKeys.Full, Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: true)!, repository.Notices.Enqueue);
        return session.OpenCatalog()?.From([]).ToList();
    });

    private static Dictionary<ChunkId, int> CatalogChunks(TestRepository repository, SnapshotInfo snapshot)
    {
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        using var reader = new RepositoryReader(repository.Store, TestKeys.Full);
        var root = Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: false)!.Structure.Streams[StreamNames.Catalog];
        return RecipeReader.Chunks(root, reader.Chunks()).Select(chunk => chunk.Id).Distinct().ToDictionary(chunk => chunk, chunk => reader.Chunks().Find(chunk, ChunkClass.Content).ChunkLength);
    }

    private static IEnumerable<CatalogEntry> Expected(byte[] tar)
    {
        using var builder = new CatalogBuilder(() => new SealedSpill(), maxSortedBytes: 500_000);
        var scanner = new TarScanner(builder);
        scanner.Scan(tar);
        scanner.Finish();
        var bytes = new MemoryStream();
        builder.Finish(bytes.Write);
        return new CatalogReader(new Whole(bytes.ToArray())).From([]);
    }

    // Records with arrays are the same only if the arrays are.
    private static string Text(CatalogEntry entry) =>
        string.Join('|', Convert.ToHexString(entry.Path), entry.Place, entry.Type, entry.IsFolder, entry.Size, entry.Mode, entry.Modified, Convert.ToHexString(entry.TarName), entry.ContentHash);

    private sealed class Whole(byte[] bytes) : ICatalogBytes
    {
        public long Length => bytes.Length;

        public void Read(long offset, Span<byte> target) => bytes.AsSpan((int)offset, target.Length).CopyTo(target);
    }
}
