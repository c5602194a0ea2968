using System.Globalization;
using System.Text;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>Tars of the real tools: the members are those that GNU tar lists, and every cut is seen.</summary>
public sealed class TarInteropTests(TarFixtures fixtures) : IClassFixture<TarFixtures>
{
    public static TheoryData<string> Names => TarFixtures.Names;

    public static TheoryData<string> PlainNames => TarFixtures.PlainNames;

    [Theory]
    [MemberData(nameof(Names))]
    public void Scan_tells_what_GNU_tar_lists(string fixture)
    {
        byte[] tar = fixtures.Get(fixture);
        RecordingSink scan = RecordingSink.Scan(tar);
        List<TarListing> listed = TarListing.OfGnuTar(tar);
        if (fixture == "label-pax")
            listed.RemoveAt(0); // GNU tar shows the label in a global PAX header as if it were a member

        Assert.Equal(listed, scan.Members.Select(TarListing.Of));
        Assert.DoesNotContain(scan.Members, member => member.IsMalformed || !member.IsEnded);
        Assert.Equal(
            new TarVerdict(TarKind.Tar, TarEnding.Complete, null, scan.Members.Count, 1, null), scan.Verdict);
        Assert.Equal(tar, scan.Whole);
    }

    [Theory]
    [MemberData(nameof(PlainNames))]
    public void Scan_gives_the_contents_that_GNU_tar_extracts(string fixture)
    {
        byte[] tar = fixtures.Get(fixture);
        RecordingSink scan = RecordingSink.Scan(tar);
        byte[] expected = Encoding.Latin1.GetBytes(TarTools.Run("tar", ["xOf", "-"], tar).Output);
        byte[] actual = [.. scan.Members.Where(member => !member.IsDirectory).SelectMany(member => member.Content)];
        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Scan_of_every_cut_gives_the_verdict_of_the_table(string fixture)
    {
        byte[] tar = fixtures.Get(fixture);
        int end = FindEnd(tar);
        var random = new Random(20241120);
        for (int block = 0; block <= tar.Length; block += 512)
        {
            AssertVerdict(tar, block, end);
            AssertVerdict(tar, Math.Min(tar.Length, block + random.Next(1, 512)), end);
        }
    }

    [Fact]
    public void Scan_the_fixtures_have_what_they_are_made_for()
    {
        Assert.Contains(RecordingSink.Scan(fixtures.Get("sparse-gnu")).Members, member => member is
        { Type: 'S', Name: "sparse/huge", PayloadSize: < 1 << 20, SparseSize: (9L << 30) + 3 });
        Assert.Contains(RecordingSink.Scan(fixtures.Get("sparse-pax-1.0")).Members, member => member is
        { Type: '0', Name: "sparse/huge", SparseSize: (9L << 30) + 3 });
        Assert.Contains(RecordingSink.Scan(fixtures.Get("incremental")).Members, member => member.Type == 'D');
        Assert.Contains(RecordingSink.Scan(fixtures.Get("label")).Members, member => member is { Type: 'V', Name: "The label" });
        Assert.Contains(RecordingSink.Scan(fixtures.Get("gnu")).Members, member => member.Modified.Seconds < 0);
        Assert.Contains(RecordingSink.Scan(fixtures.Get("pax")).Members, member => member.Modified == new TarTime(-2, 500_000_000));
        Assert.Contains(RecordingSink.Scan(fixtures.Get("pax")).Members, member => member.Name == "tree/na\u00FF\u00FEme");
        Assert.All(RecordingSink.Scan(fixtures.Get("pax-global")).Members, member => Assert.Equal("somebody", member.UserName));
    }

    [Fact]
    public void Scan_archives_in_a_row_are_those_that_GNU_tar_lists_ignoring_zeros()
    {
        byte[] tar = [.. fixtures.Get("pax-global"), .. fixtures.Get("gnu"), .. fixtures.Get("sparse-gnu")];
        RecordingSink scan = RecordingSink.Scan(tar);
        TarTools.Answer answer = TarTools.Run("tar", ["ti", "--quoting-style=escape", "-f", "-"], tar);
        Assert.Equal(answer.Lines.Select(TarTools.Unescape), scan.Names);
        Assert.Equal((TarEnding.Complete, 3), (scan.Verdict!.Ending, scan.Verdict.Archives));
    }

    [Fact]
    public void Scan_volumes_of_one_archive_are_known_by_their_ends()
    {
        List<RecordingSink> scans = [.. fixtures.MakeVolumes().Select(file => RecordingSink.Scan(File.ReadAllBytes(file)))];
        Assert.Equal(
            [TarEnding.Truncated, TarEnding.Truncated, TarEnding.Complete], scans.Select(scan => scan.Verdict!.Ending));
        Assert.Equal(
            [('0', "tree/large"), ('M', "tree/large"), ('M', "tree/large"), ('0', "tree/hello")],
            scans.SelectMany(scan => scan.Members).Select(member => (member.Type, member.Name)));
        Assert.Equal(70000, scans[0].PayloadBytes + scans[1].Members[0].PayloadSize);
        Assert.Equal(70000 + "hello".Length, scans.Sum(scan => scan.PayloadBytes));
    }

    private static void AssertVerdict(byte[] tar, int length, int end)
    {
        TarVerdict verdict = RecordingSink.Scan(tar[..length]).Verdict!;
        TarEnding expected = length switch
        {
            0 => TarEnding.Empty,
            < 512 => TarEnding.Complete,
            _ when length < end + 512 => TarEnding.Truncated,
            _ when length < end + 1024 => TarEnding.LoneZeroBlock,
            _ => TarEnding.Complete,
        };
        Assert.True(expected == verdict.Ending, $"{length} of {tar.Length}, end {end}: {verdict}");
        Assert.Equal(expected != TarEnding.Complete, verdict.Message is not null);
        Assert.Equal(length < 512 ? TarKind.Raw : TarKind.Tar, verdict.Kind);
    }

    /// <summary>Where the end-of-archive blocks begin, as GNU tar has it.</summary>
    private static int FindEnd(byte[] tar)
    {
        string last = TarTools.Run("tar", ["tRf", "-"], tar).Lines[^1];
        Assert.EndsWith("** Block of NULs **", last);
        return 512 * int.Parse(last.Split(' ', ':')[1], CultureInfo.InvariantCulture);
    }
}
