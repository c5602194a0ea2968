using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Dedup;

public class DeduplicatorTests
{
    [Fact]
    public void No_base_is_ever_a_delta_over_many_versions_of_a_stream()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Text(1, 1_500_000);
        for (var version = 0; version < 6; version++)
        {
            // In some versions the stream is like itself, too.
            repository.Put("name", version % 2 == 0 ? stream : [.. stream, .. TestBytes.Edited(stream, 9000)]);
            stream = TestBytes.Edited(stream, 4000 + 500 * version);
        }

        var entries = Entries(repository);
        var plain = entries.Where(entry => entry.Base is null).Select(entry => entry.Id).ToHashSet();
        var deltas = entries.Where(entry => entry.Base is not null).ToList();
        Assert.True(deltas.Count > 100, $"{deltas.Count} deltas");
        Assert.All(deltas, delta => Assert.Contains(delta.Base!.Value, plain));
        Assert.All(deltas, delta => Assert.True(delta.StoredLength <= delta.ChunkLength / 4));
        Assert.Equal(entries.Count, entries.Select(entry => entry.Id).Distinct().Count());
    }

    /// <summary>It has hardly a sample in common with its earlier version, so that only its place tells of that.</summary>
    [Fact]
    public void A_chunk_that_changed_everywhere_is_a_delta_on_what_stood_there_before()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Random(1, 3_000_000);
        repository.Put("name", stream, raw: true);
        for (var at = 1_000_000; at < 1_400_000; at += 75)
            stream[at] ^= 1;
        var changed = repository.Put("name", stream, raw: true);
        Assert.InRange(changed.NewChunkBytes!.Value, 400_000, 700_000);
        Assert.Contains(Entries(repository), entry => entry.Base is not null);
        Assert.Equal(stream, repository.Get(changed));
    }

    /// <summary>It was opened when its chunk was found, and is opened again if much came in between.</summary>
    [Fact]
    public void What_stood_in_a_bundle_that_no_longer_opens_is_nobodys_base()
    {
        using var repository = TestRepository.New();
        repository.Put("name", TestBytes.Random(1, 500_000), raw: true);
        using var index = ChunkIndex.Open(repository.Store, TestKeys.Full, session: null, _ => { });
        var first = index.Places().First(place => place is { Class: ChunkClass.Content, Entry: 0 });
        using var sound = new FrameCache(repository.Store, TestKeys.Full, maxFrames: 1);
        Assert.NotNull(new LocalityCache(index, sound).After(first, 1));
        Assert.Null(new LocalityCache(index, sound).After(first, 1000));
        var path = repository.Files(FileKind.Bundle).Single(path => path.EndsWith($"{first.Bundle}", StringComparison.Ordinal));
        Flips.In(path, new FileInfo(path).Length - 10);
        using var damaged = new FrameCache(repository.Store, TestKeys.Full, maxFrames: 1);
        Assert.Null(new LocalityCache(index, damaged).After(first, 1));
    }

    /// <summary>What is similar to a delta is similar to its base.</summary>
    [Fact]
    public void What_is_like_a_delta_becomes_one_on_its_base()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Random(1, 60_000);
        byte[] Version(int edits) => [.. stream.Select((value, at) => at % 3000 < edits ? (byte)(value + 1) : value)];
        foreach (var edits in Enumerable.Range(0, 6))
            repository.Put("name", Version(edits * 50), raw: true);
        var entries = Entries(repository);
        Assert.True(entries.Count(entry => entry.Base is not null && entry.Features.Exist) >= 4);
    }

    [Fact]
    public void The_same_puts_store_the_same_entries_in_the_same_frames()
    {
        var stream = TestBytes.Text(1, 3_000_000);
        byte[][] puts = [stream, TestBytes.Tar(TestBytes.Edited(stream, 3000), stream), TestBytes.Edited(stream, 50_000)];
        var runs = Enumerable.Range(0, 3).Select(_ =>
        {
            using var repository = TestRepository.New();
            var seen = new HashSet<ChunkId>();
            return puts.SelectMany(put =>
            {
                repository.Put("name", put, slice: () => 70_000);
                return Entries(repository).Where(entry => seen.Add(entry.Id)).ToList();
            }).ToList();
        }).ToList();
        Assert.Equal(runs[0], runs[1]);
        Assert.Equal(runs[0], runs[2]);
    }

    [Fact]
    public void Put_with_a_put_key_makes_deltas_within_the_session_only()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Text(1, 1_500_000);
        repository.Put("name", stream, keys: TestKeys.Put);
        repository.Put("name", TestBytes.Edited(stream, 4000), keys: TestKeys.Put);
        Assert.DoesNotContain(Entries(repository), entry => entry.Base is not null);

        // Long enough for the frames of the first copy to be full when the second comes.
        var other = TestBytes.Text(2, 2_500_000);
        repository.Put("name", [.. other, .. TestBytes.Edited(other, 4000)], keys: TestKeys.Put);
        Assert.Contains(Entries(repository), entry => entry.Base is not null);
    }

    [Fact]
    public void SimilarityIndex_finds_the_newest_chunk_that_shares_a_feature_of_the_same_kind()
    {
        var similar = new SimilarityIndex(ChunkClass.Content, SimilarityIndex.ContentChunks);
        Assert.Null(similar.Find(new SuperFeatures(1, 2, 3, 4)));
        similar.Add(TestBytes.Chunk(1), new SuperFeatures(1, 2, 3, 7));
        similar.Add(TestBytes.Chunk(2), new SuperFeatures(4, 2, 6, 8));
        similar.Add(TestBytes.Chunk(3), default);
        Assert.Equal(TestBytes.Chunk(1), similar.Find(new SuperFeatures(1, 9, 9, 9)));
        Assert.Equal(TestBytes.Chunk(2), similar.Find(new SuperFeatures(1, 2, 9, 9)));
        Assert.Null(similar.Find(new SuperFeatures(2, 1, 1, 1)));
        Assert.Null(similar.Find(default));
    }

    [Fact]
    public void SimilarityIndex_forgets_the_oldest()
    {
        // Features are hashes, so any numbers that look random will do.
        static SuperFeatures Features(int number) => new(Feature(number), Feature(-number), Feature(number + 1_000_000), Feature(number + 2_000_000));
        static uint Feature(int number) => (uint)((ulong)number * 0x9E3779B97F4A7C15UL >> 32);

        const int Count = 300_000, Recent = 100_000;
        var similar = new SimilarityIndex(ChunkClass.Content, SimilarityIndex.ContentChunks);
        for (var number = 1; number <= Count; number++)
            similar.Add(new ChunkId((ulong)number, 0, 0, 0), Features(number));
        Assert.Null(similar.Find(Features(1)));
        var found = Enumerable.Range(Count - Recent + 1, Recent).Count(number => similar.Find(Features(number)) is { } id && id.A == (ulong)number);
        Assert.True(found > Recent * 9 / 10, $"{found} found");
    }

    /// <summary>All content entries, bundle after bundle, by the order of their bytes on the disk within each.</summary>
    private static List<FrameEntry> Entries(TestRepository repository) =>
    [
        .. repository.Store.List(FileKind.Bundle)
            .Select(id => BundleReader.TryOpen(repository.Store, TestKeys.Full, id)!)
            .Where(bundle => bundle.Class == ChunkClass.Content)
            .SelectMany(bundle => Enumerable.Range(0, bundle.Footer.Count).Select(entry => bundle.Footer.Place(entry).Entry)),
    ];
}
