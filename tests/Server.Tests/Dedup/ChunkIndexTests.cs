using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Bundles;

namespace StreamBack.Server.Tests.Dedup;

public class ChunkIndexTests
{
    private readonly MemoryStore store = new();
    private readonly List<string> notices = [];

    [Fact]
    public void Chunks_are_found_in_uncovered_bundles_in_their_index_file_and_in_a_merged_one()
    {
        var bundles = Enumerable.Range(0, 4).Select(number => BundleFixture.Write(store, Plain(number * 10, 10))).ToList();
        using (var index = Open(write: false))
            AssertFound(index, bundles);
        Assert.Empty(store.List(FileKind.Index));

        using (var index = Open(write: true))
            AssertFound(index, bundles);
        Assert.Single(store.List(FileKind.Index));

        for (var number = 4; number < 7; number++)
        {
            bundles.Add(BundleFixture.Write(store, Plain(number * 10, 10)));
            using var index = Open(write: true);
            index.Flush(store.Session);
        }

        Assert.Equal(4, store.List(FileKind.Index).Count);
        using (var index = Open(write: true))
        {
            index.Merge(store.Session);
            AssertFound(index, bundles);
        }

        Assert.Single(store.List(FileKind.Index));
        using (var index = Open(write: false))
            AssertFound(index, bundles);
    }

    [Fact]
    public void Chunk_of_another_class_or_of_a_lost_bundle_is_not_found()
    {
        var bundle = BundleFixture.Write(store, Plain(0, 1));
        Open(write: true).Dispose();
        using (var index = Open(write: false))
            Assert.False(index.TryFind(TestBytes.Chunk(0), ChunkClass.Structure, out _));

        store.Delete(FileKind.Bundle, bundle.Id);
        using (var index = Open(write: false))
            Assert.False(index.TryFind(TestBytes.Chunk(0), ChunkClass.Content, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bundle_that_moves_while_they_are_listed_is_there(bool isFoundUnused)
    {
        var (from, to) = isFoundUnused ? (FileKind.Bundle, FileKind.UnusedBundle) : (FileKind.UnusedBundle, FileKind.Bundle);
        for (var after = 1; after <= 4; after++)
        {
            var (listings, bundle) = (0, BundleFixture.Write(store, Plain(after, 1)).Id);
            store.Move(FileKind.Bundle, from, bundle);
            store.Listed = kind =>
            {
                if (kind is FileKind.Bundle or FileKind.UnusedBundle && ++listings == after)
                    store.Move(from, to, bundle);
            };
            using var index = ChunkIndex.Open(store, TestKeys.Full, session: null, notices.Add, withUnused: true);
            store.Listed = null;
            Assert.Contains(bundle, index.Bundles);
            Assert.True(index.TryFind(TestBytes.Chunk(after), ChunkClass.Content, out _));
        }
    }

    [Fact]
    public void A_bundle_that_only_a_copy_has_is_read_where_no_other_has_the_chunk()
    {
        var (first, second) = (BundleFixture.Write(store, Plain(0, 3)).Id, BundleFixture.Write(store, Plain(0, 3)).Id);
        Open(write: true).Dispose();
        foreach (var (lost, left) in new[] { (first, second), (second, first) })
        {
            var bytes = (store[FileKind.Bundle, lost], store[FileKind.Bundle, left]);
            store.Copied.Add(lost);
            store.Delete(FileKind.Bundle, lost);
            Assert.Equal(left, FirstPlace());
            store.Delete(FileKind.Bundle, left);
            Assert.Equal(lost, FirstPlace());
            (store[FileKind.Bundle, lost], store[FileKind.Bundle, left]) = bytes;
            store.Copied.Clear();
        }

        ObjectId FirstPlace()
        {
            using var index = Open(write: false);
            Assert.True(index.TryFind(TestBytes.Chunk(0), ChunkClass.Content, out var place));
            return place.Bundle;
        }
    }

    [Fact]
    public void Copies_in_two_bundles_are_both_kept_so_that_either_may_go()
    {
        var first = BundleFixture.Write(store, Plain(0, 3));
        var second = BundleFixture.Write(store, Plain(0, 3));
        Open(write: true).Dispose();
        Assert.Single(store.List(FileKind.Index));

        foreach (var (lost, left) in new[] { (first, second), (second, first) })
        {
            var bytes = store[FileKind.Bundle, lost.Id];
            store.Delete(FileKind.Bundle, lost.Id);
            using var index = Open(write: false);
            Assert.True(index.TryFind(TestBytes.Chunk(1), ChunkClass.Content, out var place));
            Assert.Equal(left.Id, place.Bundle);
            store[FileKind.Bundle, lost.Id] = bytes;
        }
    }

    [Fact]
    public void Delta_is_found_only_while_a_plain_copy_of_its_base_is_there()
    {
        var baseBundle = BundleFixture.Write(store, Plain(0, 1));
        BundleFixture.Write(store, [Delta(1, baseSeed: 0)]);
        using (var index = Open(write: true))
        {
            Assert.True(index.TryFind(TestBytes.Chunk(1), ChunkClass.Content, out var place));
            Assert.Equal(TestBytes.Chunk(0), place.Base);
            Assert.False(index.TryFindPlain(TestBytes.Chunk(1), ChunkClass.Content, out _));
        }

        store.Delete(FileKind.Bundle, baseBundle.Id);
        using (var index = Open(write: false))
            Assert.False(index.TryFind(TestBytes.Chunk(1), ChunkClass.Content, out _));
    }

    [Fact]
    public void Delta_on_a_delta_is_not_found()
    {
        BundleFixture.Write(store, [.. Plain(0, 1), Delta(1, baseSeed: 0), Delta(2, baseSeed: 1)]);
        using var index = Open(write: true);
        Assert.True(index.TryFind(TestBytes.Chunk(1), ChunkClass.Content, out _));
        Assert.False(index.TryFind(TestBytes.Chunk(2), ChunkClass.Content, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Plain_copy_wins_over_a_delta_whichever_came_first(bool deltaFirst)
    {
        BundleFixture.Write(store, Plain(0, 1));
        FrameEntry[] both = [Delta(1, baseSeed: 0), .. Plain(1, 1)];
        foreach (var entry in deltaFirst ? both : both.Reverse())
        {
            BundleFixture.Write(store, [entry]);
            using var index = Open(write: true);
            index.Flush(store.Session);
        }

        using var last = Open(write: false);
        Assert.True(last.TryFind(TestBytes.Chunk(1), ChunkClass.Content, out var place));
        Assert.Null(place.Base);
    }

    [Fact]
    public void Damaged_page_is_noticed_when_it_is_read_and_the_file_replaced()
    {
        var bundle = BundleFixture.Write(store, Plain(0, 500));
        Open(write: true).Dispose();
        var damaged = store.List(FileKind.Index).Single();
        store[FileKind.Index, damaged][(int)IndexFormat.PageOffset(2) + 5] ^= 1;

        using (var index = Open(write: true))
        {
            Assert.Empty(notices);
            AssertFound(index, [bundle]);
            index.Flush(store.Session);
        }

        Assert.Contains(notices, notice => notice.Contains(damaged.ToString(), StringComparison.Ordinal));
        Assert.NotEqual(damaged, store.List(FileKind.Index).Single());
        using (var index = Open(write: false))
            AssertFound(index, [bundle]);
    }

    [Fact]
    public void Merge_of_a_damaged_file_puts_a_sound_one_in_its_place()
    {
        var bundles = new List<WrittenBundle>();
        for (var number = 0; number < 4; number++)
        {
            bundles.Add(BundleFixture.Write(store, Plain(number * 200, 200)));
            using var index = Open(write: true);
            index.Flush(store.Session);
        }

        var damaged = store.List(FileKind.Index)[1];
        store[FileKind.Index, damaged][(int)IndexFormat.PageOffset(1) + 5] ^= 1;
        using (var index = Open(write: true))
            index.Merge(store.Session);

        Assert.Single(notices, notice => notice.Contains(damaged.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain(damaged, store.List(FileKind.Index));
        notices.Clear();
        using var last = Open(write: false);
        AssertFound(last, bundles);
        Assert.Empty(notices);
    }

    private static FrameEntry[] Plain(int seed, int count) =>
        [.. Enumerable.Range(seed, count).Select(chunk => new FrameEntry(TestBytes.Chunk(chunk), 10, 10, null, default))];

    private static FrameEntry Delta(int seed, int baseSeed) => new(TestBytes.Chunk(seed), 5, 10, TestBytes.Chunk(baseSeed), default);

    private static void AssertFound(ChunkIndex index, IEnumerable<WrittenBundle> bundles)
    {
        foreach (var bundle in bundles)
        {
            for (var entry = 0; entry < bundle.Entries.Count; entry++)
            {
                Assert.True(index.TryFind(bundle.Entries[entry].Id, ChunkClass.Content, out var place));
                Assert.Equal(new ChunkPlace(bundle.Id, entry, bundle.Entries[entry].ChunkLength, bundle.Entries[entry].Base, ChunkClass.Content), place);
            }
        }

        Assert.False(index.TryFind(new ChunkId(1, 2, 3, 4), ChunkClass.Content, out _));
    }

    private ChunkIndex Open(bool write)
    {
        // A rebuilt index says so, which is not what these tests are about.
        return ChunkIndex.Open(store, TestKeys.Full, write ? store.Session : null, notice =>
        {
            if (!notice.Contains("rebuilding", StringComparison.Ordinal))
                notices.Add(notice);
        });
    }
}
