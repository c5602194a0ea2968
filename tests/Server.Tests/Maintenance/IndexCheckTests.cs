using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Bundles;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>Index files that agree with their bundles, and some that do not.</summary>
public class IndexCheckTests
{
    private static readonly Dictionary<string, Func<IndexRecord[], IndexRecord[]>> Wrongs = new()
    {
        ["none at all"] = _ => [],
        ["one too few"] = good => good[1..],
        ["one too many"] = good => [.. good, good[0] with { Place = good[0].Place with { Entry = good.Length } }],
        ["one twice"] = good => [.. good, good[0]],
        ["another chunk"] = good => [good[0] with { Id = TestBytes.Chunk(-1) }, .. good[1..]],
        ["entries exchanged"] = good => [good[0] with { Id = good[1].Id }, good[1] with { Id = good[0].Id }, .. good[2..]],
        ["another length"] = good => [good[0] with { Place = good[0].Place with { ChunkLength = 7 } }, .. good[1..]],
        ["another class"] = good => [good[0] with { Place = good[0].Place with { Class = ChunkClass.Content } }, .. good[1..]],
        ["a base where none is"] = good => [good[0] with { Place = good[0].Place with { Base = TestBytes.Chunk(5) } }, .. good[1..]],
        ["another base"] = good => [good[0], good[1] with { Place = good[1].Place with { Base = TestBytes.Chunk(5) } }, .. good[2..]],
        ["no base where one is"] = good => [good[0], good[1] with { Place = good[1].Place with { Base = null } }, .. good[2..]],
    };

    private readonly MemoryStore store = new();
    private readonly List<string> notices = [];

    public IndexCheckTests() => store.CreateConfig(TestRepository.Config.Write(), () => { });

    public static TheoryData<string> WrongNames => [.. Wrongs.Keys];

    [Fact]
    public void Every_bundle_is_opened_once_however_many_they_are_and_however_often_they_are_indexed()
    {
        // More than any cache keeps footers of, and ids that lie all over them: a look at each record's footer would open them again and again.
        const int Bundles = 300, Entries = 10;
        var records = Enumerable.Range(0, Bundles).Select(bundle => WriteBundle(bundle * Entries, Entries)).ToArray();
        WriteIndex([.. records.SelectMany(bundle => bundle)]);
        WriteIndex([.. records[(Bundles / 3)..].SelectMany(bundle => bundle)]);

        var report = Check();

        Assert.Empty(report.Problems);
        Assert.Empty(notices);
        Assert.Equal((Bundles, (long)Bundles * Entries), (report.Bundles, report.Chunks));
        Assert.All(store.List(FileKind.Bundle), bundle => Assert.Equal(1, store.Opens(FileKind.Bundle, bundle)));
    }

    [Theory]
    [MemberData(nameof(WrongNames))]
    public void Index_file_that_says_other_than_a_footer_is_named(string wrong)
    {
        var (sound, told) = (WriteBundle(0, 4), WriteBundle(10, 4));
        var index = WriteIndex([.. sound, .. Wrongs[wrong](told)], told[0].Place.Bundle);
        var problem = Assert.Single(Check().Problems);
        Assert.Equal($"index file {index}", problem.What);
        Assert.Contains(told[0].Place.Bundle.ToString(), problem.Message, StringComparison.Ordinal);
        Assert.Empty(notices);
    }

    [Fact]
    public void What_an_index_file_says_of_bundles_that_are_gone_or_damaged_counts_for_nothing()
    {
        var (gone, damaged) = (WriteBundle(0, 4), WriteBundle(10, 4));
        WriteIndex([.. gone, .. damaged]);
        store.Delete(FileKind.Bundle, gone[0].Place.Bundle);
        store[FileKind.Bundle, damaged[0].Place.Bundle] = [1, 2, 3];
        Assert.Equal($"bundle {damaged[0].Place.Bundle}", Assert.Single(Check().Problems).What);
        Assert.Empty(notices);
    }

    [Fact]
    public void Bundles_that_no_index_file_covers_are_told_and_are_no_damage()
    {
        WriteIndex(WriteBundle(0, 4));
        WriteBundle(10, 4);
        WriteBundle(20, 4);
        Assert.Empty(Check().Problems);
        Assert.Contains("covers 2 of 3 bundles", Assert.Single(notices), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_index_file_is_told_as_damage_and_not_once_more_as_a_lost_one()
    {
        var index = WriteIndex(WriteBundle(0, 4));
        store[FileKind.Index, index] = store[FileKind.Index, index][..^1];
        Assert.Equal($"index file {index}", Assert.Single(Check().Problems).What);
        Assert.Empty(notices);
    }

    [Fact]
    public void Index_files_that_were_merged_meanwhile_leave_open_what_is_covered()
    {
        var bundle = WriteBundle(0, 4)[0].Place.Bundle;
        var check = new IndexCheck(store, TestKeys.Full, CancellationToken.None);
        check.Add(BundleReader.TryOpen(store, TestKeys.Full, bundle)!);
        Assert.Equal((1, 0), (check.Uncovered([bundle]), check.Uncovered([])));
        check.Check(TestBytes.Object(1));
        Assert.Equal(0, check.Uncovered([bundle]));
    }

    /// <summary>A bundle whose second entry is a delta, and the records that an index file has of it.</summary>
    private IndexRecord[] WriteBundle(int seed, int count)
    {
        FrameEntry[] entries = [.. Enumerable.Range(seed, count).Select(chunk => chunk == seed + 1
            ? new FrameEntry(TestBytes.Chunk(chunk), 5, 20, TestBytes.Chunk(seed), default)
            : new FrameEntry(TestBytes.Chunk(chunk), 10, 10, null, default))];
        var bundle = BundleFixture.Write(store, entries, ChunkClass.Structure).Id;
        return [.. entries.Select((entry, number) => new IndexRecord(entry.Id, new ChunkPlace(bundle, number, entry.ChunkLength, entry.Base, ChunkClass.Structure)))];
    }

    private ObjectId WriteIndex(IndexRecord[] records, ObjectId? covered = null)
    {
        using var writer = new IndexFileWriter(store, TestKeys.Full, store.Session, records.Length);
        if (covered is { } bundle)
            writer.Cover(bundle);
        foreach (var record in records.OrderBy(record => record.Id))
            writer.Add(record);
        return writer.Commit().Id;
    }

    private CheckReport Check()
    {
        using var check = new RepositoryCheck(new OpenRepository(store, TestRepository.Config, TestKeys.Full), new VerifiedBundles(null, ""), notices.Add, new TransferProgress(), CancellationToken.None);
        return check.Run(CheckRequest.Structure);
    }
}
