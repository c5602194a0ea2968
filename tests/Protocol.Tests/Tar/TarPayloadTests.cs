using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>Where payloads begin and end: the place where readers differ, and where hostile tars aim.</summary>
public sealed class TarPayloadTests
{
    private static readonly string Content = new('c', 600);

    [Theory]
    [InlineData('0')]
    [InlineData('\0')]
    [InlineData('7')]
    [InlineData('D')]
    [InlineData('M')]
    [InlineData('V')]
    [InlineData('N')]
    [InlineData('A')]
    [InlineData('S')]
    [InlineData('Z')]
    [InlineData('\u00E9')]
    public void Scan_types_with_contents_have_the_payload_that_the_header_says(char type)
    {
        RecordingSink scan = new TarBuilder().Member("a", Content, type).Member("b").End().Scan();
        Assert.Equal("H512[P600]H936[]H1024", scan.Layout);
        Assert.Equal(Content.Length, scan.Members[0].PayloadSize);
    }

    // GNU tar 1.34 and bsdtar 3.6.2 both extract these without skipping any data. (GNU tar's listing alone skips it for
    // types 2, 3, 4 and 6.) bsdtar looks ahead for some hard links; GNU tar does not.
    [Theory]
    [InlineData('1', "a")]
    [InlineData('2', "a")]
    [InlineData('3', "a")]
    [InlineData('4', "a")]
    [InlineData('5', "a")]
    [InlineData('6', "a")]
    [InlineData('0', "a/")]
    [InlineData('\0', "a/")]
    [InlineData('7', "a/")]
    public void Scan_types_without_contents_have_no_payload_whatever_the_header_says(char type, string name)
    {
        RecordingSink scan = new TarBuilder().Header(name, 600, type, "link").Member("b").End().Scan();
        Assert.Equal("H512[]H512[]H1024", scan.Layout);
        Assert.Equal([name, "b"], scan.Names);
    }

    [Theory]
    [InlineData('0')]
    [InlineData('1')]
    [InlineData('2')]
    [InlineData('5')]
    public void Scan_a_local_PAX_size_counts_for_every_type(char type)
    {
        RecordingSink scan = new TarBuilder()
            .Pax('x', ("size", "600")).Header("a", 0, type).Data(Content).Member("b").End().Scan();
        Assert.Equal("H1536[P600]H936[]H1024", scan.Layout);
    }

    [Fact]
    public void Scan_a_PAX_size_wins_so_that_no_inner_tar_is_seen()
    {
        byte[] inner = new TarBuilder().Member("evil", "evil").ToArray();
        RecordingSink scan = new TarBuilder()
            .Pax('x', ("size", "1024")).Header("a").Raw(inner).Member("b").End().Scan();
        Assert.Equal(["a", "b"], scan.Names);
        Assert.Equal(inner, scan.Members[0].Content);
    }

    [Fact]
    public void Scan_a_global_PAX_size_counts_for_types_with_contents()
    {
        RecordingSink scan = new TarBuilder()
            .Pax('g', ("size", "3")).Header("a").Data("abc").Pax('x', ("size", "0")).Header("b").Header("c", 0, '5').End().Scan();
        Assert.Equal([3, 0, 0], scan.Members.Select(member => member.PayloadSize));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("12x")]
    [InlineData("99999999999999999999")]
    public void Scan_after_a_PAX_size_that_cannot_be_read_all_is_raw(string size)
    {
        RecordingSink scan = new TarBuilder()
            .Member("a").Pax('x', ("size", size)).Member("b", "hello").Member("c").End().Scan();
        Assert.Equal(["a"], scan.Names);
        Assert.Equal("H512[]H1024P2560", scan.Layout);
        Assert.Equal(TarEnding.RawTail, scan.Verdict!.Ending);
        Assert.Equal(1536, scan.Verdict.RawFrom);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    public void Scan_after_a_PAX_header_too_long_to_be_read_all_is_raw(char type)
    {
        RecordingSink scan = new TarBuilder()
            .Member("a").Pax(type, ("comment", new string('c', 1 << 20)), ("size", "5")).Member("b").End().Scan();
        Assert.Equal(["a"], scan.Names);
        Assert.Equal(TarEnding.RawTail, scan.Verdict!.Ending);
    }

    [Theory]
    [InlineData('0', "zzzzzzzzzzz")]
    [InlineData('5', "zzzzzzzzzzz")]
    [InlineData('x', "zzzzzzzzzzz")]
    [InlineData('0', "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")]
    [InlineData('L', "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")]
    public void Scan_a_header_whose_size_cannot_be_read_is_none(char type, string size)
    {
        RecordingSink scan = new TarBuilder()
            .Member("a").Header("b", type: type, edit: block => TarBuilder.Put(block, 124, size)).Member("c").End().Scan();
        Assert.Equal("H512[]P2048", scan.Layout);
        Assert.Equal(TarEnding.RawTail, scan.Verdict!.Ending);
    }

    [Fact]
    public void Scan_extensions_have_their_own_size_also_after_a_PAX_size()
    {
        string name = new('n', 600);
        RecordingSink scan = new TarBuilder()
            .Pax('x', ("size", "1")).Long('L', name).Header("a", 600).Data("c").Member("b").End().Scan();
        Assert.Equal([name, "b"], scan.Names);
    }

    [Theory]
    [InlineData(4, 0, 0)]
    [InlineData(5, 1, 1)]
    [InlineData(25, 1, 1)]
    [InlineData(26, 2, 2)]
    [InlineData(67, 3, 3)]
    public void Scan_the_blocks_of_a_GNU_sparse_map_are_header_stream(int entries, int extensionBlocks, int flagged)
    {
        TarBuilder tar = new TarBuilder().SparseHeader("s", Content.Length, entries, isExtended: flagged > 0);
        for (int i = 0; i < extensionBlocks; i++)
            tar.SparseMap(entries - 4 - (21 * i), isExtended: i + 1 < flagged);
        RecordingSink scan = tar.Data(Content).Member("b").End().Scan();
        Assert.Equal($"H{512 * (1 + extensionBlocks)}[P600]H936[]H1024", scan.Layout);
        Assert.Equal((600, TarBuilder.SparseSize), (scan.Members[0].PayloadSize, scan.Members[0].SparseSize));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(10, 1)]
    public void Scan_a_GNU_sparse_map_that_has_ended_does_not_go_on_as_in_GNU_tar(int entries, int extensionBlocks)
    {
        TarBuilder tar = new TarBuilder().SparseHeader("s", Content.Length, entries, isExtended: true);
        for (int i = 0; i < extensionBlocks; i++)
            tar.SparseMap(entries - 4, isExtended: true);
        RecordingSink scan = tar.Data(Content).Member("b").End().Scan();
        Assert.Equal(["s", "b"], scan.Names);
    }

    [Fact]
    public void Scan_a_sparse_type_outside_of_GNU_headers_is_a_plain_file()
    {
        RecordingSink scan = new TarBuilder()
            .SparseHeader("s", Content.Length, 4, isExtended: true, TarBuilder.Ustar).Data(Content).Member("b").End().Scan();
        Assert.Equal(["s", "b"], scan.Names);
        Assert.Null(scan.Members[0].SparseSize);
    }
}
