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
        setfattr -n user.b -v 1 y; acl() { [[ 'OPTIONS' != *--acls* ]] || setfacl "$@"; }
        acl -m u:12:r,u:daemon:r x/f13; acl -m g:12:r x/f14; acl -d -m u:12:r x/deep; acl -m u:12:rx z
        cd ..; cp -a --sparse=always a b; cd b
        echo more >> x/f3; chmod 600 x/f4; touch -d '2001-02-03 04:05:06.789' x/f5; rm x/f6; mkdir x/f6; rm -r gone; ln -sfn f2 x/soft; echo new > y/new; mkdir -p y/void
        setfattr -n user.a -v 2 x/f9; setfattr -x user.a x/f10; setfattr -n user.b -v 2 y; acl -x u:12 x/f13; acl -b x/f14; acl -d -m u:12:rw x/deep; acl -x u:12 z; chmod 700 x/deep; [ $UID != 0 ] || chown 12:34 x/f11
        [ $UID != 0 ] || { rm y/device; mknod y/device c 1 5; }
        head -c $(stat -c %s x/f12) /dev/zero > x/f12.new; touch -r x/f12 x/f12.new; mv x/f12.new x/f12
        rm x/hard; cp -p x/f1 x/own; rm x/f1; mv x/own x/f1; ln x/f1 x/hard; rm y/other; cp -p x/f2 y/other
        touch -r z/moved time; truncate -s 0 z/moved; truncate -s 3M z/moved; echo data | dd of=z/moved bs=1 seek=2000000 conv=notrunc status=none; touch -r time z/moved; rm time
        for i in $(seq 15); do f=x/f$((20 + RANDOM % 40)); [ -e $f ] || continue; case $((RANDOM % 4)) in 0) echo $RANDOM >> $f;; 1) chmod 4711 $f;; 2) rm -f $f;; 3) touch $f;; esac; done
        cd ..
        """;

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("--format=gnu -S", "tar", 1)]
    [InlineData("--format=pax -S --xattrs", "tar", 2)]
    [InlineData("--format=pax -S --xattrs --sparse-version=0.0", "tar", 3)]
    [InlineData("--format=pax -S --xattrs --acls --sparse-version=0.1 --sort=name", "tar", 4)]
    [InlineData("--format=pax --xattrs --acls", "bsdtar", 5)]
    [InlineData("--format=gnu -S", "tar", 7, "--format=gnu")]
    [InlineData("--format=pax --xattrs", "tar", 8, "--format=pax --xattrs -S")]
    public async Task It_is_what_the_extracted_trees_differ_in(string options, string tar, int seed, string? later = null)
    {
        var extract = string.Join(' ', new[] { tar, "--xattrs", "--acls" }.Where(word => word == tar || options.Contains(word, StringComparison.Ordinal)));
        (await home.Shell($"""
            {Trees.Replace("SEED", $"{seed}", StringComparison.Ordinal).Replace("OPTIONS", options, StringComparison.Ordinal)}
            {tar} {options} -cf a.tar -C a . ; {tar} {later ?? options} -cf b.tar -C b .
            streamback put t --quiet < a.tar; streamback put t --quiet < b.tar
            mkdir from to; {extract} -xpf a.tar -C from; {extract} -xpf b.tar -C to
            streamback diff t@-2 t --json > changes
            streamback diff t@-2 t --exit-code > lines && exit 1 || test $? = 1
            test $(wc -l < lines) = $(wc -l < changes)
            streamback diff t t --exit-code > none; test ! -s none
            streamback diff t@-2 t x/deep > part; grep -F ' x/deep' lines | cmp - part
            """)).Succeeded();
        Assert.Equal(TreeFacts.Changes(await TreeFacts.Of(home, "from"), await TreeFacts.Of(home, "to")), TreeFacts.Told(File.ReadLines(home.At("changes"))));
    }

    // bsdtar names holes as GNU tar does not, and writes the mode of the group where GNU tar writes that of the access list's mask: here there are
    // no holes, and the two are the same.
    [Fact]
    public async Task Tars_of_one_tree_by_different_tools_differ_in_nothing()
    {
        (await home.Shell($"""
            {Trees.Replace("SEED", "6", StringComparison.Ordinal).Replace("OPTIONS", "--acls", StringComparison.Ordinal)}
            for tree in a b; do
              tar --format=pax --xattrs --acls -cf gnu.tar -C $tree .; LC_ALL=C.UTF-8 bsdtar --format=pax --xattrs --acls -cf bsd.tar --no-read-sparse -C $tree .
              streamback put $tree --quiet < gnu.tar; streamback put $tree --quiet < bsd.tar
              streamback diff --long $tree@-2 $tree > told; cat told >&2; test ! -s told
            done
            """)).Succeeded();
    }

    [Fact]
    public async Task What_is_no_tar_differs_by_its_bytes()
    {
        await home.Put("dump", Bytes.Random(1000, 1), "--time", "2026-01-01");
        await home.Put("dump", Bytes.Random(1000, 2), "--time", "2026-01-02");
        await home.Put("dump", Bytes.Random(1000, 2), "--time", "2026-01-03");
        Assert.Equal("M stream\n", (await home.Run("diff", "dump@-3", "dump@-2")).Succeeded().Text);
        Assert.Equal("", (await home.Run("diff", "-l", "--exit-code", "dump@-2", "dump")).Succeeded().Text);
        (await home.Run("diff", "dump", "dump", "other")).FailedWith(5, "neither");
        (await home.Run("diff", "dump", "none")).FailedWith(5, "'none'");
        (await home.Run("diff", "dump")).FailedWith(2, "");
    }
}
