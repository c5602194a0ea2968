using System.Text;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>The table of input verdicts, row by row, and the line that goes with each.</summary>
public sealed class TarVerdictTests
{
    private static readonly byte[] Junk = Encoding.Latin1.GetBytes(new string('j', 700));

    private static void AssertVerdict(TarBuilder tar, TarEnding ending, string? message, TarKind kind = TarKind.Tar)
    {
        TarVerdict verdict = tar.Scan().Verdict!;
        Assert.Equal((kind, ending, message), (verdict.Kind, verdict.Ending, verdict.Message));
        Assert.Equal(ending is not (TarEnding.Empty or TarEnding.Truncated), verdict.IsComplete);
    }

    [Fact]
    public void Finish_no_bytes_is_empty()
        => AssertVerdict(new TarBuilder(), TarEnding.Empty, "Input is empty", TarKind.Raw);

    [Fact]
    public void Finish_a_stream_that_never_was_a_tar_is_raw_and_all_payload()
    {
        RecordingSink scan = new TarBuilder().Raw(Junk).Member("a").End().Scan();
        Assert.Equal(new TarVerdict(TarKind.Raw, TarEnding.Complete, null, 0, 0, 0), scan.Verdict);
        Assert.Equal("P2236", scan.Layout);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(10240)]
    public void Finish_zero_bytes_alone_are_raw(int length)
    {
        RecordingSink scan = new TarBuilder().Raw(new byte[length]).Scan();
        Assert.Equal(new TarVerdict(TarKind.Raw, TarEnding.Complete, null, 0, 0, 0), scan.Verdict);
        Assert.Equal($"P{length}", scan.Layout);
    }

    [Fact]
    public void Finish_a_part_of_a_header_alone_is_raw()
    {
        byte[] part = new TarBuilder().Member("a").ToArray()[..511];
        AssertVerdict(new TarBuilder().Raw(part), TarEnding.Complete, null, TarKind.Raw);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public void Finish_two_zero_blocks_or_more_are_complete(int blocks)
        => AssertVerdict(new TarBuilder().Member("a", "hello").End(blocks), TarEnding.Complete, null);

    [Fact]
    public void Finish_one_zero_block_is_complete_with_a_warning()
        => AssertVerdict(
            new TarBuilder().Member("a", "hello").End(1),
            TarEnding.LoneZeroBlock,
            "Archive ends with one zero block instead of two, after member 1 \"a\"");

    [Fact]
    public void Finish_a_warning_for_an_archive_within_stays()
        => AssertVerdict(
            new TarBuilder().Member("a").End(1).Member("b").End(2),
            TarEnding.LoneZeroBlock,
            "Archive ends with one zero block instead of two, after member 1 \"a\"");

    [Fact]
    public void Finish_other_bytes_after_the_end_are_complete_and_payload()
    {
        RecordingSink scan = new TarBuilder().Member("a").End().Raw(Junk).Scan();
        Assert.Equal(new TarVerdict(TarKind.Tar, TarEnding.Complete, null, 1, 1, 1536), scan.Verdict);
        Assert.Equal("H512[]H1024P700", scan.Layout);
    }

    [Theory]
    [InlineData(1, "H512[]H1024P1")]
    [InlineData(0, "H512[]H1025")]
    public void Finish_a_part_of_a_block_after_the_end_is_payload_unless_zero(byte value, string layout)
    {
        RecordingSink scan = new TarBuilder().Member("a").End().Raw([value]).Scan();
        Assert.Equal(layout, scan.Layout);
        Assert.Equal(TarEnding.Complete, scan.Verdict!.Ending);
    }

    [Fact]
    public void Finish_another_tar_after_the_end_is_scanned_too()
    {
        RecordingSink scan = new TarBuilder().Member("a").End(4).Member("b").End().Scan();
        Assert.Equal(new TarVerdict(TarKind.Tar, TarEnding.Complete, null, 2, 2, null), scan.Verdict);
        Assert.Equal([1, 2], scan.Members.Select(member => member.Archive));
    }

    [Fact]
    public void Finish_another_tar_after_the_end_can_be_truncated_as_the_first()
        => AssertVerdict(
            new TarBuilder().Member("a").End().Member("b"),
            TarEnding.Truncated,
            "Input ends without an end-of-archive block, after member 2 \"b\"");

    [Fact]
    public void Finish_a_header_that_is_none_makes_a_raw_tail()
    {
        RecordingSink scan = new TarBuilder().Member("a", "hello").Raw(Junk).End().Scan();
        Assert.Equal(
            new TarVerdict(TarKind.Tar, TarEnding.RawTail,
                "No tar header at byte 1024, after member 1 \"a\": the rest is kept as raw bytes", 1, 1, 1024),
            scan.Verdict);
        Assert.Equal("H512[P5]H507P1724", scan.Layout);
    }

    [Fact]
    public void Finish_inside_a_member_is_truncated()
    {
        RecordingSink scan = new TarBuilder().Member("first").Header("usr/share/x", 5000).Raw(Junk).Scan();
        Assert.Equal("Input ends inside member 2 \"usr/share/x\", 700 of 5000 bytes", scan.Verdict!.Message);
        Assert.False(scan.Members[1].IsEnded);
    }

    [Fact]
    public void Finish_after_a_member_without_its_padding_is_truncated()
        => AssertVerdict(
            new TarBuilder().Header("a", 5).Raw("hello"u8.ToArray()),
            TarEnding.Truncated,
            "Input ends inside the padding after member 1 \"a\"");

    [Fact]
    public void Finish_after_a_member_without_an_end_is_truncated()
        => AssertVerdict(
            new TarBuilder().Member("a", "hello"),
            TarEnding.Truncated,
            "Input ends without an end-of-archive block, after member 1 \"a\"");

    [Fact]
    public void Finish_after_global_records_without_an_end_is_truncated()
        => AssertVerdict(
            new TarBuilder().Pax('g', ("comment", "c")),
            TarEnding.Truncated,
            "Input ends without an end-of-archive block, before any member");

    [Fact]
    public void Finish_an_archive_of_global_records_alone_is_complete()
        => AssertVerdict(new TarBuilder().Pax('g', ("comment", "c")).End(), TarEnding.Complete, null);

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(600)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    public void Finish_inside_the_headers_of_a_member_is_truncated(int length)
    {
        byte[] headers = new TarBuilder().Pax('x', ("path", new string('p', 200))).Member("b").ToArray();
        AssertVerdict(
            new TarBuilder().Member("a").Raw(headers[..length]),
            TarEnding.Truncated,
            "Input ends inside a header, after member 1 \"a\"");
    }

    [Fact]
    public void Finish_inside_a_sparse_map_is_truncated()
        => AssertVerdict(
            new TarBuilder().Header("s", 5, 'S', magic: TarBuilder.Gnu, edit: block =>
            {
                for (int at = 386; at < 482; at += 12)
                    TarBuilder.Put(block, at, "00000000001\0");
                block[482] = 1;
            }),
            TarEnding.Truncated,
            "Input ends inside a header, before any member");

    [Fact]
    public void Finish_messages_show_no_control_characters_and_no_endless_names()
    {
        string name = "\u001B[31m\"é\n\u00FF" + new string('n', 500);
        TarVerdict verdict = new TarBuilder().Pax('x', ("path", Encoding.Latin1.GetString(
            [.. Encoding.UTF8.GetBytes("\u001B[31m\"é\n"), 0xFF, .. Encoding.UTF8.GetBytes(new string('n', name.Length))])))
            .Member("a").Scan().Verdict!;
        Assert.StartsWith(
            "Input ends without an end-of-archive block, after member 1 \"\\033[31m\\042é\\012\\377nnn", verdict.Message);
        Assert.EndsWith("n…\"", verdict.Message);
        Assert.True(verdict.Message!.Length < 300);
    }
}
