using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What every repository does, however it is reached; each case puts names of its own.</summary>
internal static class ConformanceCases
{
    /// <summary>The cases, by what they are about.</summary>
    public static IReadOnlyDictionary<string, Func<Way, Task>> All { get; } = new Dictionary<string, Func<Way, Task>>
    {
        ["put a tar"] = PutTar,
        ["put bytes"] = PutBytes,
        ["put a tar as bytes"] = PutRaw,
        ["put nothing"] = PutEmpty,
        ["put a part of a tar"] = PutTruncated,
        ["put the same again"] = PutAgain,
        ["put dry"] = PutDry,
        ["put with facts"] = PutFacts,
        ["put a command"] = PutCommand,
        ["put what is refused"] = PutRefused,
        ["list"] = List,
        ["find"] = Find,
        ["find nothing"] = FindNothing,
        ["get"] = Get,
        ["get on"] = GetOn,
        ["get beside"] = GetBeside,
        ["ls"] = Ls,
        ["get a part"] = GetPart,
        ["cat"] = Cat,
        ["diff"] = Diff,
        ["find in tars"] = Search,
        ["tag"] = Tag,
        ["tag what is refused"] = TagRefused,
        ["remove"] = Remove,
        ["remove what is refused"] = RemoveRefused,
        ["forget"] = Forget,
        ["prune"] = Prune,
        ["check"] = Check,
        ["verify"] = Verify,
        ["stats"] = Stats,
        ["command lines"] = Usage,
    };

    private static async Task PutTar(Way way)
    {
        await Tars.MakeTree(way.Home);
        (await way.Home.Shell("""
            set -e
            tar cS tree > in.tar
            streamback put tar/etc --tag daily --json < in.tar > put.json
            streamback get tar/etc | cmp - in.tar
            streamback get tar/etc@-1 | tar d
            """)).Succeeded();
        var put = JsonDocument.Parse(File.ReadAllBytes(way.Home.At("put.json"))).RootElement;
        var show = await Show(way, "tar/etc");
        Assert.Equal(("tar", Text(put, "id"), "daily", true), (Text(show, "kind"), Text(show, "id"), show.GetProperty("tags")[0].GetString(), show.GetProperty("members").GetInt64() > 200));
    }

    private static async Task PutBytes(Way way)
    {
        var stream = Bytes.Random(3_000_000, 11);
        var put = (await way.Home.Put("bytes", stream)).Json;
        Assert.Equal(("raw", 3_000_000), (Text(put, "kind"), put.GetProperty("length").GetInt64()));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream)), Text(await Show(way, "bytes"), "sha256"));
        Assert.Equal(stream, (await way.Home.Run("get", "bytes")).Succeeded().Output);
        await way.Home.Put("all-bytes", stream, "--stream");
        Assert.Equal(stream, (await way.Home.Run("get", "all-bytes")).Succeeded().Output);
    }

    private static async Task PutRaw(Way way)
    {
        Assert.Equal("raw", Text((await way.Home.Put("raw", Tars.Small[..4000], "--raw")).Json, "kind"));
        Assert.Equal(Tars.Small[..4000], (await way.Home.Run("get", "raw")).Succeeded().Output);
    }

    private static async Task PutEmpty(Way way)
    {
        (await way.Home.Run("put", "empty")).FailedWith(4, "nothing was kept");
        (await way.Home.Run("show", "empty")).FailedWith(5, "'empty'");
        (await way.Home.Run("put", "empty", "--allow-empty")).Succeeded();
        Assert.Equal("empty", (await Show(way, "empty")).GetProperty("marks")[0].GetString());
        Assert.Empty((await way.Home.Run("get", "empty")).Output);
    }

    private static async Task PutTruncated(Way way)
    {
        (await way.Home.Feed(Tars.Small[..4000], "put", "cut")).FailedWith(4, "nothing was kept");
        (await way.Home.Run("show", "cut")).FailedWith(5, "'cut'");
        await way.Home.Put("cut", Tars.Small[..4000], "--allow-truncated");
        Assert.Equal("truncated", (await Show(way, "cut")).GetProperty("marks")[0].GetString());
        var got = await way.Home.Run("get", "cut");
        Assert.Equal(4, got.ExitCode);
        Assert.Equal(Tars.Small[..4000], got.Output);
    }

    private static async Task PutAgain(Way way)
    {
        var stream = Bytes.Random(500_000, 12);
        var first = (await way.Home.Put("again", stream)).Json;
        var second = (await way.Home.Put("again", stream)).Json;
        Assert.Equal((500_000, 0), (first.GetProperty("newChunkBytes").GetInt64(), second.GetProperty("newChunkBytes").GetInt64()));
        Assert.Equal(Text(first, "id"), Text(await Show(way, "again"), "previous"));
    }

    private static async Task PutDry(Way way)
    {
        var before = way.Home.Repository.Fingerprint();
        var dry = (await way.Home.Put("dry", Bytes.Random(500_000, 13), "--dry-run")).Json;
        Assert.Equal((500_000, 500_000), (dry.GetProperty("length").GetInt64(), dry.GetProperty("newChunkBytes").GetInt64()));
        (await way.Home.Feed(Tars.Small[..4000], "put", "dry", "--dry-run")).FailedWith(4, "");
        (await way.Home.Run("show", "dry")).FailedWith(5, "'dry'");
        Assert.Equal(before, way.Home.Repository.Fingerprint());
    }

    private static async Task PutFacts(Way way)
    {
        await way.Home.Put("facts", [1], "--tag", "one", "--tag", "two:ü&?", "--time", "2025-03-04T05:06:07.5Z");
        var show = await Show(way, "facts");
        Assert.Equal(["one", "two:ü&?"], show.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal(new DateTime(2025, 3, 4, 5, 6, 7, 500, DateTimeKind.Utc), show.GetProperty("time").GetDateTime());
        Assert.True(show.GetProperty("received").GetDateTime() > show.GetProperty("time").GetDateTime());
    }

    private static async Task PutCommand(Way way)
    {
        (await way.Home.Run("put", "command", "--", "printf", "%s", "a b & c=ü")).Succeeded();
        Assert.Equal(["printf", "%s", "a b & c=ü"], (await Show(way, "command")).GetProperty("command").EnumerateArray().Select(word => word.GetString()));
        Assert.Equal("a b & c=ü", (await way.Home.Run("get", "command")).Succeeded().Text);
        Assert.Equal(4, (await way.Home.Run("put", "failed", "--", "sh", "-c", "head -c 3000000 /dev/urandom; exit 3")).ExitCode);
        (await way.Home.Run("show", "failed")).FailedWith(5, "'failed'");
    }

    private static async Task PutRefused(Way way)
    {
        (await way.Home.Feed([1], "put", "../x")).FailedWith(2, "../x");
        (await way.Home.Feed([1], "put", "x@latest")).FailedWith(2, "x@latest");
        (await way.Home.Feed([1], "put", "refused", "--time", "yesterday")).FailedWith(2, "yesterday");
        foreach (var tag in new[] { "", "a b", new string('x', 101), new string('x', 100_000) })
            (await way.Home.Feed([1], "put", "refused", "--tag", tag)).FailedWith(2, "no tag");
        (await way.Home.Shell("streamback put refused < .")).FailedWith(1, "cannot be read");
        (await way.Home.Run("show", "refused")).FailedWith(5, "'refused'");
    }

    private static async Task List(Way way)
    {
        await way.Home.Put("list/a", [1], "--tag", "x", "--time", "2025-01-01");
        await way.Home.Put("list/a", [2], "--tag", "x", "--tag", "y");
        await way.Home.Put("list/b", [3]);
        await way.Home.Put("listed", [4]);
        Assert.Equal(["list/a", "list/a", "list/b"], await Names(way, "list/"));
        Assert.Equal(["list/a", "list/a"], await Names(way, "list/a"));
        Assert.Equal(["list/a", "list/a"], await Names(way, "list/", "--tag", "x"));
        Assert.Equal(["list/a"], await Names(way, "list/", "--tag", "x", "--tag", "y"));
        Assert.Equal(["list/a", "list/b"], await Names(way, "list/", "--since", "2025-06"));
        Assert.Equal(["list/a", "list/b"], await Names(way, "list/", "--since", "1d"));
        Assert.Contains("seed", await Names(way));
        Assert.Empty(await Names(way, "none", "--tag", "x"));
        (await way.Home.Run("list", "none")).FailedWith(5, "'none'");
        (await way.Home.Run("list", "list")).FailedWith(5, "'list/'");
        (await way.Home.Run("list", "a", "--since", "x")).FailedWith(2, "'x'");
    }

    private static async Task Find(Way way)
    {
        var old = Text((await way.Home.Put("find/a", [1], "--time", "2025-01-02T03:04:05.678901Z")).Json, "id");
        var middle = Text((await way.Home.Put("find/a", [2], "--time", "2025-02-03T04:05:06Z")).Json, "id");
        var newest = Text((await way.Home.Put("find/a", [3])).Json, "id");
        foreach (var (which, id) in new[]
        {
            ("", newest), ("@latest", newest), ("@-1", newest), ("@-2", middle), ("@-3", old),
            ($"@{old[..6]}", old), ($"@{old[..8]}", old), ($"@{old.ToUpperInvariant()[..9]}", old), ($"@{middle}", middle),
            ("@2025", middle), ("@2025-01", old), ("@2025-02-03", middle), ("@2025-02-03Z", middle), ("@2025-01-02T03", old), ("@2025-01-02T03:04Z", old),
            ("@2025-01-02T03:04:05", old), ("@2025-01-02T03:04:05.678901Z", old), ("@2025-02-03T04:05:05", old), ("@9999", newest),
        })
            Assert.Equal((which, id), (which, Text(await Show(way, "find/a" + which), "id")));
    }

    private static async Task FindNothing(Way way)
    {
        foreach (var which in new[] { "@-2", "@aaaaaa", "@" + new string('a', 64), "@2024", "@2024-12-31T23:59Z" })
            (await way.Home.Run("show", "seed" + which)).FailedWith(5, "seed" + which);
        (await way.Home.Run("show", "see")).FailedWith(5, "'see'");
        (await way.Home.Run("get", "see")).FailedWith(5, "'see'");
        (await way.Home.Run("get", "seed@-2")).FailedWith(5, "seed@-2");
        foreach (var which in new[] { "@", "@0", "@-0", "@aaaaa", "@newest", "@2025-13", "@2025-01-02T25" })
            (await way.Home.Run("show", "seed" + which)).FailedWith(2, which);
    }

    private static async Task Get(Way way)
    {
        var stream = Bytes.Random(3_000_000, 14);
        var id = Text((await way.Home.Put("get", stream)).Json, "id");
        await way.Home.Put("get", [1]);
        foreach (var which in new[] { "@-2", $"@{id[..8]}", $"@{id}" })
            Assert.Equal(stream, (await way.Home.Run("get", "get" + which)).Succeeded().Output);
        (await way.Home.Shell("streamback get get -o - | cmp - <(printf '\\1')")).Succeeded();
        var told = (await way.Home.Run("get", $"get@{id[..8]}", "-o", "whole", "--json")).Succeeded().Json;
        Assert.Equal((id, 3_000_000), (Text(told, "id"), told.GetProperty("length").GetInt64()));
        Assert.Equal(stream, File.ReadAllBytes(way.Home.At("whole")));
    }

    private static async Task GetOn(Way way)
    {
        var stream = Bytes.Random(3_000_000, 15);
        var id = Text((await way.Home.Put("on", stream)).Json, "id");
        var partial = way.Home.At($"on.{id[..8]}.partial");
        byte[][] beginnings = [[], stream[..1], stream[..1_000_001], stream[..^1], stream, [.. stream, 7], new byte[1_000_000], new byte[3_000_000]];
        foreach (var beginning in beginnings)
        {
            File.WriteAllBytes(partial, beginning);
            (await way.Home.Run("get", "on", "-o", "on")).Succeeded();
            Assert.Equal(stream, File.ReadAllBytes(way.Home.At("on")));
            Assert.False(File.Exists(partial));
        }
    }

    private static async Task GetBeside(Way way)
    {
        (await way.Home.Run("get", "seed", "-o", ".")).FailedWith(2, "folder");
        (await way.Home.Run("get", "seed", "-o", "no/such/folder")).FailedWith(1, "cannot be written");
        Assert.Equal(141, (await way.Home.Shell("head -c 3000000 /dev/urandom | streamback put pipe && streamback get pipe | head -c 1 > /dev/null")).ExitCode);
    }

    private static async Task GetPart(Way way)
    {
        (await way.Home.Shell("""
            set -e
            mkdir -p parts/one/deep parts/two
            for i in $(seq 100); do seq $i > parts/one/deep/f$i; head -c $((i * 997)) /dev/urandom > parts/two/g$i; done
            echo target > parts/a; ln parts/a parts/two/hard; ln -s ../a parts/two/soft
            tar c --pax-option=comment=in-force --format=pax parts/a parts/one parts/two > parts.tar
            streamback put part/etc --quiet < parts.tar
            mkdir out; streamback get part/etc parts/two parts/one/deep/f7 | tar x -C out
            diff -r --no-dereference parts/two out/parts/two; cmp parts/a out/parts/a; cmp parts/one/deep/f7 out/parts/one/deep/f7
            test ! -e out/parts/one/deep/f8
            streamback get part/etc parts/one/deep/f8 > one.tar; grep -q comment=in-force one.tar; tar tf one.tar > listed; echo parts/one/deep/f8 | cmp - listed
            streamback get part/etc . > all.tar; cmp -n $(stat -c %s all.tar) all.tar parts.tar
            """)).Succeeded();
        var missing = await way.Home.Run("get", "part/etc", "parts/a", "parts/none");
        missing.FailedWith(5, "'parts/none'");
        Assert.Empty(missing.Output);
        await way.Home.Put("part/raw", [1, 2, 3]);
        (await way.Home.Run("get", "part/raw", "stream")).FailedWith(2, "no tar");
        (await way.Home.Run("get", "part/etc", "parts/a", "-o", "file")).FailedWith(2, "-o");
    }

    private static async Task Ls(Way way)
    {
        (await way.Home.Shell("""
            set -e
            mkdir -p inside/folder/$(printf 'deep%.0s/' {1..30}) inside/void
            for i in $(seq 300); do echo "file $i" > inside/folder/f$i; done
            ln -s folder/f1 inside/link; ln inside/folder/f2 inside/hard; : > $'inside/\303\244\ta'
            tar c inside > inside.tar; tar rf inside.tar inside/hard
            streamback put ls/etc --quiet < inside.tar
            streamback ls -R --all ls/etc | LC_ALL=C sort > listed
            tar tf inside.tar --quoting-style=literal | tr '\t' '?' | LC_ALL=C sort > there
            cmp listed there
            streamback ls -l ls/etc inside | grep -q 'l.* link -> folder/f1$'
            streamback ls ls/etc inside/link > one; echo inside/link | cmp - one
            echo x | streamback put ls/raw --quiet
            streamback ls ls/raw > raw; echo stream | cmp - raw
            """)).Succeeded();
        (await way.Home.Run("ls", "ls/etc", "none")).FailedWith(5, "'none'");
        (await way.Home.Run("ls", "ls/none")).FailedWith(5, "'ls/none'");
    }

    private static async Task Cat(Way way)
    {
        (await way.Home.Shell("""
            set -e
            mkdir -p cats; head -c 3000000 /dev/urandom > cats/big; echo x > cats/small; ln cats/big cats/link; ln -s big cats/soft; : > cats/none
            truncate -s 10M cats/sparse; echo data | dd of=cats/sparse bs=1 seek=7000000 conv=notrunc status=none; echo y > $'cats/%2f\tq&\303\244'
            tar cS cats | streamback put cat/etc --quiet
            for f in big small link none sparse $'%2f\tq&\303\244'; do streamback cat cat/etc "./cats/$f" | cmp - "cats/$f"; done
            echo raw | streamback put cat/raw --quiet; test "$(streamback cat cat/raw stream)" = raw
            """)).Succeeded();
        (await way.Home.Run("cat", "cat/etc", "cats/soft")).FailedWith(2, "a symbolic link to 'big'");
        (await way.Home.Run("cat", "cat/etc", "cats")).FailedWith(2, "a folder");
        (await way.Home.Run("cat", "cat/etc", "cats/x")).FailedWith(5, "'cats/x'");
    }

    private static async Task Diff(Way way)
    {
        (await way.Home.Shell("""
            set -e
            mkdir -p two/d; for i in $(seq 300); do echo $i > two/d/f$i; done; tar c two | streamback put diff/a --quiet
            echo x > two/d/f7; rm two/d/f8; echo y > two/d/g; chmod 600 two/d/f9; touch -r two/d/f10 two/d
            tar c two | streamback put diff/b --quiet
            streamback diff diff/a diff/b > told
            grep -v ' two/d/$' told > files; printf 'M two/d/f7\n- two/d/f8\nU two/d/f9\n+ two/d/g\n' | cmp - files
            streamback diff -l diff/a diff/b two/d/f9 | grep -qx 'U two/d/f9  (mode 0644 -> 0600)'
            streamback diff diff/a diff/a > same; test ! -s same
            """)).Succeeded();
        (await way.Home.Run("diff", "diff/a", "diff/b", "none")).FailedWith(5, "neither");
        Assert.Equal(1, (await way.Home.Run("diff", "--exit-code", "diff/a", "diff/b")).ExitCode);
    }

    private static async Task Search(Way way)
    {
        (await way.Home.Shell("""
            set -e
            mkdir -p look/d; echo 1 > look/d/needle.one; tar c look | streamback put look/a --quiet; tar c look | streamback put look/a --quiet
            echo 22 > look/d/needle.one; touch look/needle.two; tar c look | streamback put look/a --quiet; tar c look | streamback put look/b --quiet
            streamback find 'needle.*' look/ | cut -c1-30 | grep -c . | grep -qx 9
            streamback find '/look/d/needle.*' look/a | grep -q 'in 2 snapshots'
            """)).Succeeded();
        (await way.Home.Run("find", "nothing-like-it")).FailedWith(5, "'nothing-like-it'");
        (await way.Home.Run("find", "x", "look/none")).FailedWith(5, "'look/none'");
    }

    private static async Task Tag(Way way)
    {
        var old = Text((await way.Home.Put("tag", [1], "--tag", "first")).Json, "id");
        await way.Home.Put("tag", [2]);
        (await way.Home.Run("tag", "tag@-2", "second", "third")).Succeeded();
        var told = (await way.Home.Run("tag", $"tag@{old[..8]}", "fourth", "--remove", "first", "--remove", "third", "--json")).Succeeded().Json;
        Assert.Equal((old, "fourth,second"), (Text(told, "id"), Tags(told)));
        Assert.Equal(("fourth,second", ""), (Tags(await Show(way, $"tag@{old}")), Tags(await Show(way, "tag"))));
        (await way.Home.Run("tag", "tag", "--remove", "never")).Succeeded();
    }

    private static async Task TagRefused(Way way)
    {
        (await way.Home.Run("tag", "see", "x")).FailedWith(5, "'see'");
        (await way.Home.Run("tag", "seed@aaaaaa", "x")).FailedWith(5, "aaaaaa");
        (await way.Home.Run("tag", "seed")).FailedWith(2, "labels");
        (await way.Home.Run("tag", "seed", "")).FailedWith(2, "");
        (await way.Home.Run("tag", "seed", new string('x', 100_000))).FailedWith(2, "");
        Assert.Equal("", Tags(await Show(way, "seed")));
    }

    private static async Task Remove(Way way)
    {
        var ids = new List<string>();
        foreach (var number in new byte[] { 1, 2, 3 })
            ids.Add(Text((await way.Home.Put("gone", [number])).Json, "id"));
        (await way.Home.Run("remove", "gone@-2", $"gone@{ids[0][..8]}")).Succeeded();
        Assert.Equal([ids[2]], await Ids(way, "gone"));
        Assert.Equal([ids[0], ids[1]], (await Ids(way, "gone", "--removed")).OrderBy(ids.IndexOf)); // they were removed at once
        (await way.Home.Run("get", $"gone@{ids[1][..8]}")).FailedWith(5, ids[1][..8]);
        Assert.Contains("is back", (await way.Home.Run("undelete", $"gone@{ids[1][..8]}")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Equal([2], (await way.Home.Run("get", "gone@-2")).Succeeded().Output);
        (await way.Home.Run("undelete", $"gone@{ids[1][..8]}")).FailedWith(5, "gone");

        // What was removed on purpose is no loss.
        Assert.DoesNotContain("gone", (await way.Home.Run("list")).Succeeded().Errors, StringComparison.Ordinal);
        (await way.Home.Run("check")).Succeeded();
    }

    private static async Task RemoveRefused(Way way)
    {
        var id = Text((await way.Home.Put("held", [1])).Json, "id");
        (await way.Home.Run("remove", "held")).FailedWith(2, "held@ID");
        (await way.Home.Run("remove", "held@ffffffff")).FailedWith(5, "ffffffff");
        (await way.Home.Run("hold", "held")).Succeeded();
        Assert.True((await Show(way, "held")).GetProperty("held").GetBoolean());
        (await way.Home.Run("remove", "held@latest")).FailedWith(6, "is held");
        (await way.Home.Run("release", "held")).Succeeded();
        (await way.Home.Run("remove", "held@latest")).Succeeded();
        (await way.Home.Run("show", "held")).FailedWith(5, "'held'");
        (await way.Home.Run("undelete", "held")).Succeeded();
        Assert.Equal(id, Text(await Show(way, "held"), "id"));
    }

    private static async Task Forget(Way way)
    {
        foreach (var (name, day) in new[] { ("old/a", 1), ("old/a", 2), ("old/a", 3), ("old/b", 1), ("old/b", 2), ("older", 1) })
            await way.Home.Put(name, [(byte)day], "--time", $"2026-01-0{day}T12:00Z");
        string[] rules = ["--keep-last", "1", "--keep-monthly", "1"];
        var dry = (await way.Home.Run(["forget", "old/", .. rules, "--dry-run"])).Succeeded();
        Assert.Equal(["keep", "remove", "remove", "keep", "remove"], dry.Lines.Select(line => line.Split(' ')[0]));
        Assert.Contains("last, monthly 2026-01", dry.Lines[0], StringComparison.Ordinal);
        Assert.Equal(3, (await Ids(way, "old/a")).Count);
        var decisions = (await way.Home.Run(["forget", "old/", .. rules, "--json"])).Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal((5, 2), (decisions.Count, decisions.Count(decision => decision.GetProperty("keep").GetBoolean())));
        Assert.Equal((1, 1, 1), ((await Ids(way, "old/a")).Count, (await Ids(way, "old/b")).Count, (await Ids(way, "older")).Count));
        Assert.Equal([3], (await way.Home.Run("get", "old/a")).Succeeded().Output);
        (await way.Home.Run("forget", "old/")).FailedWith(2, "--keep-last");
        (await way.Home.Run("forget", "old/", "--keep-last", "-1")).FailedWith(2, "");
        (await way.Home.Run("forget", "old/", "--keep-within", "soon")).FailedWith(2, "soon");
        (await way.Home.Run("forget", "none/", "--keep-last", "1")).FailedWith(5, "'none/'");
    }

    private static async Task Prune(Way way)
    {
        var (kept, gone) = (Bytes.Random(300_000, 21), Bytes.Random(300_000, 22));
        await way.Home.Put("prune/kept", kept);
        await way.Home.Put("prune/gone", gone);
        (await way.Home.Run("remove", "prune/gone@latest")).Succeeded();
        Assert.Equal(["given", "unused", "rewritten", "kept", "would"], (await way.Home.Run("prune", "--dry-run")).Succeeded().Lines.Select(line => line.Split(' ')[0]));
        var report = (await way.Home.Run("prune", "--json")).Succeeded().Json;
        Assert.Equal((0, true), (report.GetProperty("expiredSnapshots").GetInt32(), report.GetProperty("liveBytes").GetInt64() + report.GetProperty("writtenBytes").GetInt64() > 500_000));
        (await way.Home.Run("undelete", "prune/gone")).Succeeded();
        Assert.Equal(gone, (await way.Home.Run("get", "prune/gone")).Succeeded().Output);
        Assert.Equal(kept, (await way.Home.Run("get", "prune/kept")).Succeeded().Output);
        (await way.Home.Run("check", "--read-data")).Succeeded();
    }

    private static async Task Check(Way way)
    {
        Assert.EndsWith("all is well\n", (await way.Home.Run("check")).Succeeded().Text, StringComparison.Ordinal);
        var structure = (await way.Home.Run("check", "--json")).Succeeded().Json;
        var all = (await way.Home.Run("check", "--read-data", "--json")).Succeeded().Json;
        Assert.Equal((false, true), (structure.GetProperty("dataVerified").GetBoolean(), all.GetProperty("dataVerified").GetBoolean()));
        Assert.True(all.GetProperty("bytesRead").GetInt64() > structure.GetProperty("bytesRead").GetInt64());
        Assert.Equal(0, all.GetProperty("problems").GetArrayLength());
    }

    private static async Task Verify(Way way)
    {
        await way.Home.Put("verify", Bytes.Random(500_000, 31));
        Assert.False((await Show(way, "verify")).TryGetProperty("verified", out _));
        Assert.Contains("are what was put", (await way.Home.Run("verify", "verify")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.InRange((await Show(way, "verify")).GetProperty("verified").GetDateTime(), DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow);
        (await way.Home.Run("verify", "verify@ffffffff")).FailedWith(5, "ffffffff");
        var part = (await way.Home.Run("check", "--read-data=30%", "--max-time", "1h", "--json")).Succeeded().Json;
        Assert.InRange(part.GetProperty("bundlesRead").GetInt32(), 1, part.GetProperty("bundles").GetInt32());
        (await way.Home.Run("check", "--read-data=0%")).FailedWith(2, "part of the data");
        (await way.Home.Run("check", "--max-time", "1h")).FailedWith(2, "--read-data");
    }

    private static async Task Stats(Way way)
    {
        var before = (await way.Home.Run("stats", "--json")).Succeeded().Json;
        await way.Home.Put("stats", Bytes.Random(200_000, 16));
        var after = (await way.Home.Run("stats", "--json")).Succeeded().Json;
        Assert.Equal((1, 200_000), (Grown("snapshots"), Grown("streamBytes")));
        Assert.InRange(Grown("chunkBytes"), 200_000, 210_000);
        Assert.InRange(Grown("totalBytes"), 150_000, 300_000); // a put may merge index files, each of which is padded
        var told = (await way.Home.Run("stats")).Succeeded().Text;
        Assert.StartsWith("snapshots ", told, StringComparison.Ordinal);
        Assert.Matches(@"removing would free, about:\n(.*\n)*\s+(19\d|20\d) KiB  stats\n", told);

        long Grown(string what) => after.GetProperty(what).GetInt64() - before.GetProperty(what).GetInt64();
    }

    private static async Task Usage(Way way)
    {
        (await way.Home.Run("show")).FailedWith(2, "");
        (await way.Home.Run("show", "seed", "more")).FailedWith(2, "more");
        (await way.Home.Run("stats", "--none")).FailedWith(2, "--none");
        (await way.Home.Run("show", "a b")).FailedWith(2, "a b");
    }

    private static async Task<JsonElement> Show(Way way, string which) => (await way.Home.Run("show", which, "--json")).Succeeded().Json;

    private static async Task<List<string>> Names(Way way, params string[] arguments) =>
        [.. (await way.Home.Run(["list", "--json", .. arguments])).Succeeded().Lines.Select(line => Text(JsonDocument.Parse(line).RootElement, "name"))];

    private static async Task<List<string>> Ids(Way way, params string[] arguments) =>
        [.. (await way.Home.Run(["list", "--json", .. arguments])).Succeeded().Lines.Select(line => Text(JsonDocument.Parse(line).RootElement, "id"))];

    private static string Text(JsonElement facts, string member) => facts.GetProperty(member).GetString()!;

    private static string Tags(JsonElement facts) => string.Join(',', facts.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()).Order(StringComparer.Ordinal));
}
