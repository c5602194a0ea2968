using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>What the headers of one member say, dialect by dialect, in tars made by hand.</summary>
public sealed class TarMemberTests
{
    private const string LongText = "long/name/";

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static RecordedMember Only(TarBuilder tar)
    {
        RecordingSink scan = tar.End().Scan();
        Assert.Equal(TarEnding.Complete, scan.Verdict!.Ending);
        return Assert.Single(scan.Members);
    }

    [Fact]
    public void Scan_a_v7_header_gives_its_facts_and_no_owner_names()
    {
        RecordedMember member = Only(new TarBuilder().Member("a", "hello", '\0', magic: TarBuilder.V7, edit: block =>
        {
            TarBuilder.Put(block, 265, "user");
            TarBuilder.Put(block, 345, "prefix");
        }));
        Assert.Equal(
            new RecordedMember("a", "", "", "", '\0', false, 5, null, 0x1A4, 1000, 100, new TarTime(1000, 0), false, 1)
            {
                Content = member.Content,
                IsEnded = true,
            },
            member);
        Assert.Equal("hello"u8, member.Content);
    }

    [Fact]
    public void Scan_a_ustar_header_joins_prefix_and_name_that_fill_their_fields()
    {
        string prefix = new('p', 155);
        string name = new('n', 100);
        RecordedMember member = Only(new TarBuilder().Member(name, "", '2', new string('l', 100), edit: block =>
        {
            TarBuilder.Put(block, 345, prefix);
            TarBuilder.Put(block, 265, "user\0group");
            TarBuilder.Put(block, 297, "group");
        }));
        Assert.Equal($"{prefix}/{name}", member.Name);
        Assert.Equal(new string('l', 100), member.LinkName);
        Assert.Equal("user", member.UserName);
        Assert.Equal("group", member.GroupName);
    }

    [Fact]
    public void Scan_a_GNU_header_has_no_prefix()
    {
        RecordedMember member = Only(new TarBuilder().Member(
            "a", magic: TarBuilder.Gnu, edit: block => TarBuilder.Put(block, 345, "12345670123")));
        Assert.Equal("a", member.Name);
    }

    [Fact]
    public void Scan_GNU_long_name_and_link_replace_those_of_the_header()
    {
        string name = Repeat(LongText, 60);
        RecordedMember member = Only(new TarBuilder()
            .Long('K', name + "link").Long('L', name).Member("short", "", '2', "link", TarBuilder.Gnu));
        Assert.Equal(name, member.Name);
        Assert.Equal(name + "link", member.LinkName);
    }

    [Fact]
    public void Scan_a_long_name_ends_at_its_zero_byte_be_that_in_the_padding_as_in_GNU_tar()
    {
        RecordingSink scan = new TarBuilder()
            .Header("L", 4, 'L').Data("long name\0rest").Member("a").Header("K", 9, 'K').Data("li\0k name").Member("b")
            .End().Scan();
        Assert.Equal(["long name", "b"], scan.Names);
        Assert.Equal("li", scan.Members[1].LinkName);
    }

    [Fact]
    public void Scan_long_names_are_for_one_member_only()
    {
        RecordingSink scan = new TarBuilder().Long('L', "long").Member("a").Member("b").End().Scan();
        Assert.Equal(["long", "b"], scan.Names);
    }

    [Fact]
    public void Scan_a_local_PAX_header_overrides_the_header_for_one_member_only()
    {
        RecordingSink scan = new TarBuilder()
            .Pax('x', ("path", "p\u00FF"), ("linkpath", "l"), ("uname", "u"), ("gname", "g"), ("uid", "70000000"),
                ("gid", "80000000"), ("mtime", "-1.5"), ("comment", "x\ny=z"), ("SCHILY.xattr.user.a", "\0\u0001"))
            .Member("a").Member("b").End().Scan();
        Assert.Equal(
            new RecordedMember("p\u00FF", "l", "u", "g", '0', false, 0, null, 0x1A4, 70000000, 80000000,
                new TarTime(-2, 500_000_000), false, 1)
            { Content = scan.Members[0].Content, IsEnded = true },
            scan.Members[0]);
        Assert.Equal("b", scan.Members[1].Name);
        Assert.Equal(1000, scan.Members[1].Uid);
    }

    [Fact]
    public void Scan_a_Solaris_extended_header_is_read_as_PAX()
        => Assert.Equal("p", Only(new TarBuilder().Pax('X', ("path", "p")).Member("a")).Name);

    [Fact]
    public void Scan_a_global_PAX_header_holds_until_another_replaces_all_of_it()
    {
        RecordingSink scan = new TarBuilder()
            .Pax('g', ("uname", "first"), ("mtime", "5")).Member("a").Pax('x', ("mtime", "6")).Member("b")
            .Pax('g', ("uname", "second")).Member("c").End().Scan();
        Assert.Equal(["first", "first", "second"], scan.Members.Select(member => member.UserName));
        Assert.Equal([5, 6, 1000], scan.Members.Select(member => member.Modified.Seconds));
    }

    [Fact]
    public void Scan_a_global_PAX_header_stays_in_force_in_the_next_archive_as_with_GNU_tar()
    {
        RecordingSink scan = new TarBuilder()
            .Pax('g', ("uname", "u")).Member("a").End().Member("b").End().Scan();
        Assert.Equal(["u", "u"], scan.Members.Select(member => member.UserName));
        Assert.Equal([1, 2], scan.Members.Select(member => member.Archive));
    }

    [Fact]
    public void Scan_what_was_said_of_the_next_member_ends_with_the_archive()
    {
        RecordingSink scan = new TarBuilder()
            .Member("a").Pax('x', ("path", "p")).Long('K', "k").End().Member("b").End().Scan();
        Assert.Equal(["a", "b"], scan.Names);
        Assert.Equal("", scan.Members[1].LinkName);
    }

    [Fact]
    public void Scan_the_second_local_PAX_header_replaces_the_first()
    {
        RecordedMember member = Only(
            new TarBuilder().Pax('x', ("mtime", "5")).Pax('x', ("path", "p")).Member("a"));
        Assert.Equal(("p", 1000), (member.Name, member.Modified.Seconds));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Scan_a_PAX_path_wins_over_a_GNU_long_name_in_either_order(bool paxFirst)
    {
        var tar = new TarBuilder();
        if (paxFirst)
            tar.Pax('x', ("path", "pax")).Long('L', "gnu");
        else
            tar.Long('L', "gnu").Pax('x', ("path", "pax"));
        Assert.Equal("pax", Only(tar.Member("a")).Name);
    }

    [Fact]
    public void Scan_PAX_sparse_members_have_their_true_name_and_size()
    {
        RecordedMember member = Only(new TarBuilder()
            .Pax('x', ("GNU.sparse.name", "real"), ("path", "GNUSparseFile.1/real"), ("GNU.sparse.realsize", "10000"))
            .Member("a", "packed"));
        Assert.Equal(("real", 6, 10000), (member.Name, member.PayloadSize, member.SparseSize));
    }

    [Fact]
    public void Scan_a_base_256_mtime_before_1970_and_size_beyond_8_GiB_are_read()
    {
        byte[] tar = new TarBuilder().Header("a", magic: TarBuilder.Gnu, edit: block =>
        {
            TarBuilder.Put(block, 124, "\x80\0\0\0\0\0\0\u0002\0\0\0\0");
            TarBuilder.Put(block, 136, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE");
        }).ToArray();
        RecordingSink scan = RecordingSink.Scan(tar);
        RecordedMember member = Assert.Single(scan.Members);
        Assert.Equal((8L << 30, -2), (member.PayloadSize, member.Modified.Seconds));
        Assert.Equal("Input ends inside member 1 \"a\", 0 of 8589934592 bytes", scan.Verdict!.Message);
    }

    [Fact]
    public void Scan_a_checksum_of_signed_bytes_is_taken()
    {
        byte[] tar = new TarBuilder().Member("\u00FF\u00FE").End().ToArray();
        int sum = tar.AsSpan(0, 512).ToArray().Sum(b => (sbyte)b) - tar.AsSpan(148, 8).ToArray().Sum(b => b) + (8 * ' ');
        TarBuilder.Put(tar, 148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        Assert.Equal("\u00FF\u00FE", Assert.Single(RecordingSink.Scan(tar).Members).Name);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(108)]
    [InlineData(116)]
    [InlineData(136)]
    public void Scan_a_header_whose_numbers_cannot_be_read_is_flagged_and_kept(int field)
    {
        RecordedMember member = Only(
            new TarBuilder().Member("a", "hello", edit: block => TarBuilder.Put(block, field, "zzzzzzz")));
        Assert.True(member.IsMalformed);
        Assert.Equal("hello"u8, member.Content);
    }

    [Theory]
    [InlineData("xx path=p\n")]
    [InlineData("9 path=p")]
    [InlineData("99 path=p\n")]
    [InlineData("10 path:p\n")]
    [InlineData("10path=pp\n")]
    [InlineData("2 path=p\n")]
    [InlineData("4294967306 path=p\n")]
    [InlineData("10 uid=-1\n")]
    [InlineData("9 mtime=\n")]
    public void Scan_a_malformed_PAX_record_is_passed_over_and_flagged(string records)
    {
        RecordedMember member = Only(new TarBuilder().Member("PaxHeader", records, 'x').Member("a"));
        Assert.True(member.IsMalformed);
        Assert.Equal("a", member.Name);
    }

    [Theory]
    [InlineData("11 path=p1\nxx path=p2\n", true)]
    [InlineData("11 path=p1\n\0\0\0", false)]
    [InlineData("13 path=p1\0x\n", false)]
    [InlineData(" 12 path=p1\n", false)]
    [InlineData("13\t  path=p1\n", false)]
    [InlineData("11 path=p2\n11 path=p1\n", false)]
    public void Scan_PAX_records_are_read_as_far_as_GNU_tar_does(string records, bool malformed)
    {
        RecordedMember member = Only(new TarBuilder().Member("PaxHeader", records, 'x').Member("a"));
        Assert.Equal(("p1", malformed), (member.Name, member.IsMalformed));
    }

    [Fact]
    public void Scan_a_long_name_beyond_the_limit_is_header_stream_and_the_member_flagged()
    {
        RecordingSink scan = new TarBuilder().Long('L', new string('n', 1 << 20)).Member("a", "hello").End().Scan();
        RecordedMember member = Assert.Single(scan.Members);
        Assert.Equal(("a", true, 5), (member.Name, member.IsMalformed, scan.PayloadBytes));
    }

    [Fact]
    public void Scan_a_long_name_up_to_the_limit_is_whole()
    {
        string name = new('n', (1 << 20) - 1);
        Assert.Equal(name, Only(new TarBuilder().Long('L', name).Member("a")).Name);
    }

    [Theory]
    [InlineData('3')]
    [InlineData('4')]
    public void A_device_without_room_for_its_numbers_has_none(char type)
    {
        var scan = new TarBuilder().Member("device", "", type, magic: TarBuilder.V7).Member("last", "1").End().Scan();
        Assert.Equal(["device", "last"], scan.Members.Select(member => member.Name));
        Assert.Equal([true, false], scan.Members.Select(member => member.IsMalformed));
    }
}
