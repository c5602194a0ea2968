using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Dedup;

public class IndexFileTests
{
    private readonly MemoryStore store = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(84)]
    [InlineData(85)]
    [InlineData(86)]
    [InlineData(1000)]
    public void Every_record_is_found_and_none_other(int count)
    {
        var records = Enumerable.Range(0, count).Select(seed => Record(seed)).OrderBy(record => record.Id).ToList();
        using var file = Write(records);
        Assert.Equal(records, file.All());
        Assert.Equal(count, file.Records);
        Assert.All(records, record => Assert.Equal([record.Place], Find(file, record.Id)));
        for (var other = 0; other < 2000; other++)
            Assert.Empty(Find(file, TestBytes.Chunk(1_000_000 + other)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(85)]
    [InlineData(300)]
    public void Every_place_of_a_chunk_is_found_over_the_borders_of_pages(int copies)
    {
        // Neighbours have the same first eight bytes, which are all that the directory tells of a page.
        var id = new ChunkId(5, 5, 5, 5);
        var records = Enumerable.Range(0, 60).Select(number => new IndexRecord(new ChunkId(5, 4, 0, (ulong)number), Record(number).Place))
            .Concat(Enumerable.Range(0, copies).Select(number => new IndexRecord(id, Record(number).Place)))
            .Concat(Enumerable.Range(0, 60).Select(number => new IndexRecord(new ChunkId(5, 6, 0, (ulong)number), Record(number).Place)))
            .ToList();
        using var file = Write(records);
        Assert.Equal(records.Where(record => record.Id == id).Select(record => record.Place), Find(file, id));
        Assert.All(records, record => Assert.Contains(record.Place, Find(file, record.Id)));
    }

    [Fact]
    public void Every_changed_byte_is_found()
    {
        var records = Enumerable.Range(0, 90).Select(seed => Record(seed)).OrderBy(record => record.Id).ToList();
        ObjectId id;
        using (var file = Write(records))
            id = file.Id;

        void Read(byte[] bytes)
        {
            store[FileKind.Index, id] = bytes;
            using var file = IndexFile.TryOpen(store, TestKeys.Full, id)!;
            Assert.Equal(records, file.All().ToList());
            Find(file, records[0].Id);
        }

        var whole = store[FileKind.Index, id];
        Flips.AreDetected(whole, Read, to: FileHead.Size);
        Flips.AreDetected(whole, Read, from: whole.Length - 120);
        Flips.AreDetected(whole, Read, step: 37);
    }

    [Fact]
    public void Merge_chooses_the_longest_run_of_files_that_are_like_in_size()
    {
        Assert.Empty(Chosen(5, 5, 5));
        Assert.Equal([5, 5, 5, 5], Chosen(5, 5, 5, 5));
        Assert.Equal([3, 4, 5, 6], Chosen(1000, 6, 5, 4, 3));
        Assert.Equal([1, 2, 6, 18], Chosen(18, 6, 2, 1));
        Assert.Empty(Chosen(1, 10, 100, 1000));
        Assert.Equal([1, 100, 100, 100], Chosen(100, 1, 100, 100));
    }

    [Fact]
    public void Merged_records_are_in_order_and_the_same_one_comes_once()
    {
        using var odd = Write([.. Enumerable.Range(0, 200).Where(seed => seed % 2 == 1).Select(seed => Record(seed)).OrderBy(record => record.Id)]);
        using var thirds = Write([.. Enumerable.Range(0, 200).Where(seed => seed % 3 == 0).Select(seed => Record(seed)).OrderBy(record => record.Id)]);
        var expected = Enumerable.Range(0, 200).Where(seed => seed % 2 == 1 || seed % 3 == 0).Select(seed => Record(seed)).OrderBy(record => record.Id);
        Assert.Equal(expected, IndexMerge.Records([odd, thirds]));
    }

    [Fact]
    public void Filter_has_no_false_negative_and_few_false_positives()
    {
        const int Count = 20_000;
        var filter = new IdFilter(Count);
        for (var seed = 0; seed < Count; seed++)
            filter.Add(TestBytes.Chunk(seed));
        var kept = new IdFilter(filter.Bytes.ToArray());
        Assert.All(Enumerable.Range(0, Count), seed => Assert.True(kept.MayContain(TestBytes.Chunk(seed))));

        // One in 150 as the filter says; the ids are the same in every run, so this bound holds or it does not.
        var positives = Enumerable.Range(Count, Count).Count(seed => kept.MayContain(TestBytes.Chunk(seed)));
        Assert.InRange(positives, 1, Count / 100);
    }

    private static IndexRecord Record(int seed) => new(
        TestBytes.Chunk(seed),
        new ChunkPlace(
            TestBytes.Object(seed % 7),
            seed,
            100 + seed,
            seed % 3 == 0 ? TestBytes.Chunk(seed + 1) : null,
            seed % 2 == 0 ? ChunkClass.Content : ChunkClass.Structure));

    private IndexFile Write(List<IndexRecord> records)
    {
        using var writer = new IndexFileWriter(store, TestKeys.Full, store.Session, records.Count);
        foreach (var record in records)
            writer.Add(record);
        return IndexFile.TryOpen(store, TestKeys.Full, writer.Commit().Id)!;
    }

    private int[] Chosen(params int[] sizes)
    {
        var files = sizes.Select(size => Write([.. Enumerable.Range(0, size).Select(seed => Record(seed)).OrderBy(record => record.Id)])).ToList();
        return [.. IndexMerge.Choose(files).Select(file => (int)file.Records)];
    }

    private static List<ChunkPlace> Find(IndexFile file, ChunkId id)
    {
        var places = new List<ChunkPlace>();
        file.Find(id, places);
        return places;
    }
}
