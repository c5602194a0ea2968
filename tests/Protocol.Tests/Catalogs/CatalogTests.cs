using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tar;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>Catalogs of tars of every dialect, against what a scan tells.</summary>
public sealed class CatalogTests
{
    [Fact]
    public void It_holds_what_a_scan_tells_and_where() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(TarGenerator.Streams.ToArbitrary(), tar => AssertHolds(tar.Bytes, CatalogBuilder.MaxSortedBytes) && AssertHolds(tar.Bytes, maxSortedBytes: 100)));

    [Fact]
    public void Of_global_headers_that_follow_each_other_the_first_is_told_and_one_among_a_members_own_headers_begins_anew()
    {
        var begin = new TarBuilder().Pax('g', ("comment", "1")).Pax('g', ("comment", "2")).Member("a").End(2).Pax('g', ("comment", "3")).Member("b");
        Assert.Equal([1, 1 + (2 * 1024) + 512 + 1024], Globals(begin)); // comments are a header and a block each

        var among = new TarBuilder().Pax('x', ("comment", "x")).Pax('g', ("comment", "1")).Long('L', "long").Pax('g', ("comment", "2")).Member("short").Member("b");
        Assert.Equal(1 + (3 * 1024), Globals(among)[0]);

        static List<long> Globals(TarBuilder tar) => [.. BuiltCatalog.Of(tar.End().ToArray()).All.Where(entry => entry.Place is not null).Select(entry => entry.Place!.Value.Global)];
    }

    [Fact]
    public void A_global_header_whose_texts_are_every_members_makes_no_catalog_that_is_far_longer_than_the_tar()
    {
        var name = new string('x', 60_000);
        var tar = new TarBuilder().Pax('g', ("uname", name), ("gname", name));
        for (var number = 0; number < 1000; number++)
            tar.Member($"{number}");
        using var builder = new CatalogBuilder(() => new MemorySpill());
        var scanner = new TarScanner(builder);
        scanner.Scan(tar.End().ToArray());
        scanner.Finish();
        builder.Finish(_ => Assert.Fail("There is none"));
        Assert.Contains("longer than the headers", builder.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_members_in_any_order_are_found_by_reading_little()
    {
        var tar = Many(20_000, first: null);
        var built = BuiltCatalog.Of(tar);
        Assert.True(built.All.Select(entry => Key(entry.Path)).SequenceEqual(built.All.Select(entry => Key(entry.Path)).Order(StringComparer.Ordinal)));
        Assert.Equal(built.Reader.Entries, built.All.Count);
        Assert.Equal(20_000 + 200, built.All.Count); // and the folders that no member names
        Assert.Equal(built.Bytes, BuiltCatalog.Of(tar, maxSortedBytes: 10_000).Bytes);
        for (var number = 0; number < 20_000; number += 777)
        {
            var path = Encoding.ASCII.GetBytes(Name(number));
            var before = built.BytesRead;
            Assert.Equal(path, built.Reader.From(MemberPath.Key(path)).First().Path);
            Assert.InRange(built.BytesRead - before, 1, 200_000);
        }

        var folder = built.Reader.From("d7\0"u8.ToArray()).TakeWhile(entry => entry.Path.AsSpan().StartsWith("d7/"u8)).ToList();
        Assert.Equal(100, folder.Count);
    }

    [Fact]
    public void What_is_added_in_front_changes_few_nodes()
    {
        var (before, after) = (Leaves(BuiltCatalog.Of(Many(20_000, first: null))), Leaves(BuiltCatalog.Of(Many(20_000, first: "d100/new"))));
        Assert.InRange(before.Count, 100, 1000);
        Assert.InRange(after.Except(before).Count(), 1, 3);
    }

    [Fact]
    public void The_empty_tar_has_an_empty_catalog() => Assert.Empty(BuiltCatalog.Of(new TarBuilder().End().ToArray()).All);

    [Fact]
    public void A_global_header_is_in_force_until_the_next()
    {
        var built = BuiltCatalog.Of(new TarBuilder().Member("a", "1").Pax('g', ("comment", "one")).Member("b", "2").Pax('x', ("mtime", "1")).Pax('g', ("comment", "two")).Member("c", "3").End().ToArray());
        Assert.Equal([0, 1 + 512 + 511, 1 + 1023 + 1024 + 1023 + 1024], built.All.Select(entry => entry.Place!.Value.Global));
    }

    [Fact]
    public void Of_global_headers_that_follow_each_other_the_first_is_told()
    {
        var built = BuiltCatalog.Of(new TarBuilder().Pax('g', ("comment", "one")).Pax('g', ("comment", "two")).Member("a", "1").Pax('g', ("comment", "three")).Member("b", "2").End().ToArray());
        Assert.Equal([1, 1 + (4 * 512) + 512 + 511], built.All.Select(entry => entry.Place!.Value.Global));
    }

    [Fact]
    public void Deep_names_make_no_more_of_it_than_it_is()
    {
        var tar = new TarBuilder();
        for (var number = 0; number < 50; number++)
            tar.Long('L', $"{number}/" + string.Concat(Enumerable.Repeat("a/", 2000)) + "x").Member("x", "", magic: TarBuilder.Gnu);
        var bytes = tar.End().ToArray();
        var built = BuiltCatalog.Of(bytes);
        Assert.Equal(50, built.All.Count(entry => entry.Place is not null));
        Assert.InRange(built.Bytes.Length, 1, 4 * bytes.Length);
    }

    [Fact]
    public void A_node_that_is_beneath_two_others_is_damage()
    {
        // Each node has all before it beneath itself: to walk them would take for ever.
        var bytes = new List<byte> { 0, 1, 0, 1, (byte)'a', 1, 0 };
        var lengths = new List<int> { bytes.Count };
        for (var level = 1; level < 50; level++)
        {
            var node = new List<byte> { (byte)level, (byte)lengths.Count };
            foreach (var length in lengths)
                node.AddRange([0, 1, (byte)'a', 0, 0, 0, .. Leb128(length), .. Leb128(length)]);
            bytes.AddRange(node);
            lengths.Add(node.Count);
        }

        var trailer = new byte[CatalogFormat.TrailerLength];
        CatalogFormat.WriteTrailer(trailer, new CatalogRoot(1, default, lengths[^1]));
        bytes.AddRange(trailer);
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => new CatalogReader(new PlainBytes([.. bytes])).From([]).Count()).Code);
    }

    [Fact]
    public void Damaged_bytes_are_damage()
    {
        var built = BuiltCatalog.Of(Many(2_000, first: null));
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var bytes = built.Bytes.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Assert.InRange(new CatalogReader(new PlainBytes(bytes)).From([]).Take(10_000).Count(), 0, 10_000);
            }
            catch (RepositoryException error)
            {
                Assert.True(error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported);
            }
        }
    }

    private static bool AssertHolds(byte[] tar, int maxSortedBytes)
    {
        var (scan, built) = (RecordingSink.Scan(tar), BuiltCatalog.Of(tar, maxSortedBytes));
        var (headers, payloads) = (built.HeaderStream, built.PayloadStream);
        var entries = built.All.Where(entry => entry.Place is not null).OrderBy(entry => entry.Place!.Value.HeaderOffset).ToList();
        var members = scan.Members.Zip(scan.OwnHeaders).Where(pair => pair.First.IsEnded && pair.First.Type != 'V').ToList(); // labels are no files
        Assert.Equal(members.Count, entries.Count);
        foreach (var ((member, own), entry) in members.Zip(entries))
        {
            var place = entry.Place!.Value;
            Assert.Equal(own, (place.HeaderOffset, place.HeaderLength));
            Assert.Equal(member.Content, payloads[(int)place.PayloadOffset..(int)place.NextPayload]);
            Assert.Equal(
                (member.Name, member.Type, member.IsDirectory, member.PayloadSize, member.SparseSize, member.Mode, member.Uid, member.Gid, member.Modified, member.IsMalformed),
                (Latin1(entry.TarName), (char)entry.Type, entry.IsFolder, place.PayloadSize, entry.SparseSize, entry.Mode, entry.Uid, entry.Gid, entry.Modified, entry.IsMalformed));
            Assert.Equal((member.UserName, member.GroupName), (Latin1(entry.UserName), Latin1(entry.GroupName)));
            Assert.Equal(member.Type is '1' or '2' ? member.LinkName : "", Latin1(entry.LinkName));
            var clean = entry.TarName.ToArray();
            Assert.Equal(entry.Path, clean[..MemberPath.Clean(clean, clean)]);
            Assert.Equal(tar.AsSpan((int)place.StreamOffset, (int)place.HeaderLength), headers.AsSpan((int)place.HeaderOffset, (int)place.HeaderLength));
        }

        return true;
    }

    // Members of a hundred folders in turns, so that no folder is in one piece.
    private static byte[] Many(int count, string? first)
    {
        var tar = new TarBuilder();
        if (first is not null)
            tar.Member(first, "new");
        for (var number = 0; number < count; number++)
            tar.Member(Name(number), new string('x', number % 7));
        return tar.End().ToArray();
    }

    private static byte[] Leb128(int number) => number < 128 ? [(byte)number] : [(byte)(number | 0x80), (byte)(number >> 7)];

    private static string Name(int number) => $"d{number % 200}/file{number}";

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static string Key(byte[] path) => Latin1(MemberPath.Key(path));

    private static HashSet<string> Leaves(BuiltCatalog built)
    {
        var leaves = new HashSet<string>();
        void Walk(CatalogChild place)
        {
            var bytes = built.Bytes.AsSpan((int)place.Start, place.Length).ToArray();
            var node = new CatalogNode(bytes, place);
            if (node.Level == 0)
                leaves.Add(Convert.ToHexString(bytes));
            else
                foreach (var child in node.Children([]))
                    Walk(child);
        }

        var root = CatalogFormat.ReadTrailer(built.Bytes.AsSpan(built.Bytes.Length - CatalogFormat.TrailerLength));
        Walk(new CatalogChild(root.Base, 0, built.Bytes.Length - CatalogFormat.TrailerLength - root.NodeLength, (int)root.NodeLength));
        return leaves;
    }

    private sealed class PlainBytes(byte[] bytes) : ICatalogBytes
    {
        public long Length => bytes.Length;

        public void Read(long offset, Span<byte> target) => bytes.AsSpan((int)offset, target.Length).CopyTo(target);
    }
}
