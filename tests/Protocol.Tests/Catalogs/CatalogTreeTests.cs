using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>The view of tars of every dialect, against what looking at every entry tells.</summary>
public sealed class CatalogTreeTests
{
    [Fact]
    public void It_shows_what_looking_at_every_entry_tells() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(TarGenerator.Streams.ToArbitrary(), tar => AssertShows(tar.Bytes)));

    [Fact]
    public void The_later_of_two_is_shown_and_all_are_on_request()
    {
        using var tree = Tree(new TarBuilder().Member("d/a", "1").Member("b", "22").Member("./d/a", "333").Member("d", "", type: '5').End().ToArray());
        Assert.Equal(3, tree.Find("d/a"u8.ToArray())!.Size);
        Assert.Equal(["b 2", "d 0"], Lines(tree.Folder([], all: false)));
        Assert.Equal(["d/a 1", "d/a 3"], Lines(tree.Folder("d"u8.ToArray(), all: true)));
        Assert.Equal(["b 2", "d 0", "d/a 3"], Lines(tree.Below([], all: false)));
        Assert.Null(tree.Find("d/b"u8.ToArray()));
        Assert.True(tree.Find([])!.IsFolder);
    }

    [Fact]
    public void Folders_whose_names_begin_alike_are_kept_apart()
    {
        using var tree = Tree(new TarBuilder().Member("a/1", "").Member("a-b/2", "").Member("a/c/3", "").Member("ab/4", "").Member("a", "", type: '5').End().ToArray());
        Assert.Equal(["a/1 0", "a/c 0", "a/c/3 0"], Lines(tree.Below("a"u8.ToArray(), all: false)));
        Assert.Equal(["a/1 0", "a/c 0"], Lines(tree.Folder("a"u8.ToArray(), all: false)));
        Assert.Empty(tree.Below("a/1"u8.ToArray(), all: false));
    }

    [Fact]
    public void What_is_no_tar_is_one_file()
    {
        var snapshot = new SnapshotInfo { Id = "", Name = "a", Kind = SnapshotKinds.Raw, Length = 7, Time = new DateTime(1969, 12, 31, 23, 59, 59, 500, DateTimeKind.Utc), Received = default };
        using var tree = new StreamTree(snapshot);
        var file = Assert.Single(tree.Below([], all: true));
        Assert.Equal((7, "1969-12-31T23:59:59.5Z", false), (file.Size, file.Modified.ToString(), file.IsFolder));
        Assert.Same(file, tree.Find("stream"u8.ToArray()));
        Assert.Null(tree.Find("other"u8.ToArray()));
        Assert.Empty(tree.Folder("stream"u8.ToArray(), all: false));
    }

    private static CatalogTree Tree(byte[] tar) => new(BuiltCatalog.Of(tar).Reader, new MemoryStream());

    private static List<string> Lines(IEnumerable<CatalogEntry> entries) => [.. entries.Select(entry => $"{Text(entry.Path)} {entry.Size}")];

    // One letter a byte, so that what is no UTF-8 stays apart.
    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    private static bool AssertShows(byte[] tar)
    {
        var built = BuiltCatalog.Of(tar);
        using var tree = Tree(tar);
        var every = built.All.Where(entry => entry.Path.Length > 0).ToList();
        var pattern = new MemberPattern("*[a-m]*");
        var filter = new PathFilter(pattern);
        var last = every.GroupBy(entry => Text(entry.Path)).ToDictionary(group => group.Key, group => group.Last());
        foreach (var (path, entry) in last)
            Assert.Equal(MemberInfo.Of(entry) with { Place = null }, MemberInfo.Of(tree.Find(entry.Path)!) with { Place = null }, Same);
        for (var time = 0; time < 2; time++) // the second time some nodes are known
            Assert.Equal(Lines(tree.Below([], all: false).Where(entry => pattern.Matches(entry.Path))), Lines(tree.Where(filter)));
        foreach (var folder in every.Select(entry => Text(MemberPath.Folder(entry.Path))).Append("").Distinct())
        {
            var bytes = System.Text.Encoding.Latin1.GetBytes(folder);
            var inside = every.Where(entry => Text(MemberPath.Folder(entry.Path)) == folder).ToList();
            var below = every.Where(entry => folder == "" || Text(entry.Path).StartsWith(folder + "/", StringComparison.Ordinal)).ToList();
            Assert.Equal(Lines(inside), Lines(tree.Folder(bytes, all: true)));
            Assert.Equal(Lines(below), Lines(tree.Below(bytes, all: true)));
            Assert.Equal(Lines(inside.Where(entry => ReferenceEquals(entry, last[Text(entry.Path)]))), Lines(tree.Folder(bytes, all: false)));
            Assert.Equal(Lines(below.Where(entry => ReferenceEquals(entry, last[Text(entry.Path)]))), Lines(tree.Below(bytes, all: false)));
        }

        return true;
    }

    private static bool Same(MemberInfo one, MemberInfo other) => System.Text.Json.JsonSerializer.Serialize(one, ProtocolJson.Default.MemberInfo) == System.Text.Json.JsonSerializer.Serialize(other, ProtocolJson.Default.MemberInfo);
}
