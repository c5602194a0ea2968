using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>What two snapshots differ in is what the extracted trees differ in.</summary>
public sealed class DiffTests : IDisposable
{
    // Two trees, the second made of the first: of everything that can change something does, and by chance more files do.
    private const string Trees = """
        set -e; RANDOM=SEED; rm -rf a b; mkdir -p a/x/deep a/y a/z a/gone/inside; cd a
        for i in $(seq 60); do head -c $((RANDOM % 5000)) /dev/urandom > x/f$i; done
        for i in $(seq 20); do echo $i > x/deep/g$i; done
        ln -s f1 x/soft; ln x/f1 x/hard; ln x/f2 y/other; mkfifo y/pipe; touch gone/inside/file; echo -n same > $'x/\303\244 b'; touch 'x/100%' 'x/a"b'
        truncate -s 3M z/sparse; echo data | dd of=z/sparse bs=1 seek=1000000 conv=notrunc status=none; cp --sparse=always z/sparse z/moved; cp --sparse=always z/sparse z/still
        [ $UID != 0 ] || mknod y/device c 1 3
        setfattr -n user.a -v 1 x/f9; setfattr -n user.a -v 1 x/f10; touch -d '1969-12-31 23:59:58' x/deep/g1
        cd ..; cp -a --sparse=always a b; cd b
        echo more >> x/f3; chmod 600 x/f4; touch -d '2001-02-03 04:05:06.789' x/f5; rm x/f6; mkdir x/f6; rm -r gone; ln -sfn f2 x/soft; echo new > y/new; mkdir -p y/void
        setfattr -n user.a -v 2 x/f9; setfattr -x user.a x/f10; chmod 700 x/deep; [ $UID != 0 ] || chown 12:34 x/f11
        [ $UID != 0 ] || { rm y/device; mknod y/device c 1 5; }
        head -c $(stat -c %s x/f12) /dev/zero > x/f12.new; touch -r x/f12 x/f12.new; mv x/f12.new x/f12
        rm x/hard; cp -p x/f1 x/own; rm x/f1; mv x/own x/f1; ln x/f1 x/hard; rm y/other; cp -p x/f2 y/other
        touch -r z/moved time; truncate -s 0 z/moved; truncate -s 3M z/moved; echo data | dd of=z/moved bs=1 seek=2000000 conv=notrunc status=none; touch -r time z/moved; rm time
        for i in $(seq 15); do f=x/f$((20 + RANDOM % 40)); [ -e $f ] || continue; case $((RANDOM % 4)) in 0) echo $RANDOM >> $f;; 1) chmod 4711 $f;; 2) rm -f $f;; 3) touch $f;; esac; done
        cd ..
        """;

    // The facts of every path of an extracted tree. Of folders and links no sizes.
    private const string Facts = """
        cd DIR; find . -printf '%P\037%y\037%m\037%U/%G\037%T@\037%l\n' | while IFS=$'\037' read -r path type mode owner time link; do
          contents=$link; size=0
          case $type in f) contents=$(sha256sum < "$path"); size=$(stat -c %s "$path");; c) contents=$(stat -c %t,%T "$path");; l) mode=;; esac
          printf '%s\037%s\037%s\037%s\037%s\037%s\037%s\037%s\n' "$path" "$type" "$size" "$contents" "$mode" "$owner" "$time" "$(getfattr -dhm - -- "./$path" 2> /dev/null | grep -v '^#' | tr '\n' ' ')"
        done
        """;

    private static readonly string[] Fields = ["type", "size", "contents", "mode", "owner", "time", "attributes"];

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("--format=gnu -S", "tar", 1)]
    [InlineData("--format=pax -S --xattrs", "tar", 2)]
    [InlineData("--format=pax -S --xattrs --sparse-version=0.0", "tar", 3)]
    [InlineData("--format=pax -S --xattrs --sparse-version=0.1 --sort=name", "tar", 4)]
    [InlineData("--format=pax --xattrs", "bsdtar", 5)]
    public async Task It_is_what_the_extracted_trees_differ_in(string options, string tar, int seed)
    {
        (await home.Shell($"""
            {Trees.Replace("SEED", $"{seed}", StringComparison.Ordinal)}
            {tar} {options} -cf a.tar -C a . ; {tar} {options} -cf b.tar -C b .
            streamback put t --quiet < a.tar; streamback put t --quiet < b.tar
            mkdir from to; {tar} {(options.Contains("xattrs", StringComparison.Ordinal) ? "--xattrs" : "")} -xpf a.tar -C from; {tar} {(options.Contains("xattrs", StringComparison.Ordinal) ? "--xattrs" : "")} -xpf b.tar -C to
            streamback diff t@-2 t --json > changes
            streamback diff t@-2 t --exit-code > lines && exit 1 || test $? = 1
            test $(wc -l < lines) = $(wc -l < changes)
            streamback diff t t --exit-code > none; test ! -s none
            streamback diff t@-2 t x/deep > part; grep -F ' x/deep' lines | cmp - part
            """)).Succeeded();
        Assert.Equal(string.Join('\n', Expected(await FactsOf("from"), await FactsOf("to"))), string.Join('\n', Told()));
    }

    [Fact]
    public async Task What_is_no_tar_differs_by_its_bytes()
    {
        await home.Put("dump", Bytes.Random(1000, 1), "--time", "2026-01-01");
        await home.Put("dump", Bytes.Random(1000, 2), "--time", "2026-01-02");
        await home.Put("dump", Bytes.Random(1000, 2), "--time", "2026-01-03");
        Assert.Equal("M stream\n", (await home.Run("diff", "dump@-3", "dump@-2")).Succeeded().Text);
        Assert.Equal("U stream  (time 2026-01-02T00:00:00Z -> 2026-01-03T00:00:00Z)\n", (await home.Run("diff", "-l", "dump@-2", "dump")).Succeeded().Text);
        (await home.Run("diff", "dump", "dump", "other")).FailedWith(5, "neither");
        (await home.Run("diff", "dump", "none")).FailedWith(5, "'none'");
        (await home.Run("diff", "dump")).FailedWith(2, "");
    }

    private async Task<Dictionary<string, string[]>> FactsOf(string tree) => (await home.Shell(Facts.Replace("DIR", tree, StringComparison.Ordinal))).Succeeded().Text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\x1f')).ToDictionary(line => line[0], line => line[1..]);

    private static IEnumerable<string> Expected(Dictionary<string, string[]> from, Dictionary<string, string[]> to) => from.Keys.Union(to.Keys).Order(StringComparer.Ordinal).Select(path =>
    {
        if (!from.TryGetValue(path, out var old))
            return $"added {path} ";
        if (!to.TryGetValue(path, out var now))
            return $"removed {path} ";
        var fields = Fields.Where((_, at) => old[at] != now[at]).ToArray();
        fields = fields is ["type", ..] ? ["type"] : fields;
        return fields.Length == 0 ? "" : $"{(fields[0] == "type" ? "type" : fields[0] is "size" or "contents" ? "contents" : "metadata")} {path} {string.Join(',', fields)}";
    }).Where(line => line.Length > 0).OrderBy(line => line.Split(' ', 2)[1], StringComparer.Ordinal);

    private IEnumerable<string> Told() => File.ReadLines(home.At("changes")).Select(line => JsonDocument.Parse(line).RootElement).Select(change =>
    {
        var member = change.TryGetProperty("to", out var to) ? to : change.GetProperty("from");
        var fields = change.TryGetProperty("fields", out var told) ? string.Join(',', told.EnumerateArray().Select(field => field.GetString())) : "";
        return $"{change.GetProperty("change").GetString()} {member.GetProperty("path").GetString()} {fields}";
    }).OrderBy(line => line.Split(' ', 2)[1], StringComparer.Ordinal);
}
