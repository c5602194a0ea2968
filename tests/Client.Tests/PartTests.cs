using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests;

/// <summary>Parts of tars of every dialect: they extract to what GNU tar extracts of the whole.</summary>
public sealed class PartTests(TarFixtures fixtures, LsTests.Stock stock) : IClassFixture<TarFixtures>, IClassFixture<LsTests.Stock>
{
    private readonly Home home = stock.Home;

    // Contents, types, modes, owners, times to the nanosecond, links, extended attributes.
    private const string Compare = """
        facts() { (cd "$1"; find . -printf '%p %y %m %U %G %s %T@ %l\n' | sed '/ d /d' | LC_ALL=C sort; getfattr -dR -m - . 2> /dev/null || true); }
        same() { facts there > there.facts; facts here > here.facts; cmp there.facts here.facts; diff -r --no-dereference there here; }
        """;

    public static TheoryData<string> Names => TarFixtures.PlainNames;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_member_alone_is_what_tar_extracts(string fixture)
    {
        var file = fixtures.PathOf(fixture);
        await home.Put($"part/{fixture}", File.ReadAllBytes(file));
        (await home.Shell($$"""
            {{Compare}}
            set -eo pipefail
            rm -rf work; mkdir work; cd work; mkdir there here
            for path in tree/block-and-one tree/large tree/nothing tree/soft tree/deep/er; do
              tar tf {{file}} 2> /dev/null | grep -qxE "(./)?$path/?" || continue
              tar xf {{file}} -C there "$path"
              streamback get part/{{fixture}} "$path" | tar x -C here
            done
            same
            """)).Succeeded();
    }

    // Contents, types, modes, owners, times, holes, extended attributes and ACLs: all that a tar of what was extracted says.
    [Theory]
    [InlineData("attributes", 3)]
    [InlineData("bsdtar-attributes", 3)]
    [InlineData("sparse-gnu", 3)]
    [InlineData("sparse-oldgnu", 3)]
    [InlineData("sparse-pax-0.0", 3)]
    [InlineData("sparse-pax-0.1", 3)]
    [InlineData("sparse-pax-1.0", 3)]
    [InlineData("bsdtar-sparse", 1)]
    [InlineData("label-pax", 1)]
    [InlineData("one-record", 1)]
    [InlineData("pax", 3)]
    [InlineData("bsdtar-default", 3)]
    public async Task Both_tars_extract_a_part_as_they_extract_it_of_the_whole(string fixture, int least)
    {
        var file = fixtures.PathOf(fixture);
        await home.Put($"both/{fixture}", File.ReadAllBytes(file));
        (await home.Shell($$"""
            set -eo pipefail
            rm -rf both; mkdir both; cd both
            gnu() { tar --xattrs --xattrs-include='*' --acls -xpf "$@"; }
            bsd() { bsdtar -xpf "$@"; }
            # Not what hard links are in that lead elsewhere: tar alone cannot extract them.
            facts() {
              (cd "$1"; tar -S --hole-detection=seek --sort=name --numeric-owner --format=gnu -cf - "$2" | sha256sum
              find "$2" -printf '%p %T@ %l\n' | LC_ALL=C sort; getfattr -hdR -m - "$2" 2> /dev/null; getfacl -nR "$2" 2> /dev/null)
            }
            { bsdtar tf {{file}} 2> /dev/null || true; } | sed 's,/$,,' | grep -E '^[A-Za-z0-9/._-]{1,90}$' | grep -vE 'hard|^tree$|^tree/deep$' | LC_ALL=C sort -u > all
            shuf -n 6 --random-source={{file}} all > paths
            test $(wc -l < paths) -ge {{least}}
            for extract in gnu bsd; do
              while IFS= read -r path; do
                rm -rf there here; mkdir there here
                streamback get both/{{fixture}} "$path" > part.tar
                $extract {{file}} -C there "$path" 2> /dev/null || true
                $extract part.tar -C here 2> /dev/null || true
                test -e "there/$path" -o -L "there/$path"
                test "$(facts there "$path")" = "$(facts here "$path")" || { echo "$extract $path" >&2; exit 1; }
              done < paths
            done
            """)).Succeeded();
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("pax")]
    [InlineData("ustar")]
    [InlineData("bsdtar-pax")]
    [InlineData("pax-global")]
    [InlineData("incremental")]
    [InlineData("sparse-gnu")]
    [InlineData("sparse-pax-1.0")]
    [InlineData("attributes")]
    public async Task All_of_it_is_all_of_it(string fixture)
    {
        var file = fixtures.PathOf(fixture);
        await home.Put($"whole/{fixture}", File.ReadAllBytes(file));
        (await home.Shell($$"""
            set -eo pipefail
            streamback get whole/{{fixture}} . > all.tar
            cmp <(bsdtar tf all.tar 2>&1) <(bsdtar tf {{file}} 2>&1)
            length=$(($(stat -c %s all.tar) - 1024)); cmp -n $length all.tar {{file}}
            """)).Succeeded();
    }

    [Fact]
    public async Task What_a_hard_link_is_a_link_to_comes_along()
    {
        (await home.Shell("""
            set -eo pipefail
            rm -rf links; mkdir links; cd links
            mkdir d; echo one > d/a; ln d/a d/b; tar cf in.tar d/a d/b
            echo two > d/new; mv d/new d/a; tar rf in.tar d/a
            streamback put links --quiet < in.tar
            mkdir x; streamback get links d/b | tar x -C x
            test "$(cat x/d/b)" = one; test "$(cat x/d/a)" = one
            tar --delete -f in.tar d/a; streamback put links --quiet < in.tar
            streamback get links d/b 2> told | tar t > listed; echo d/b | cmp - listed; grep -q "hard link to 'd/a'" told
            """)).Succeeded();
    }

    [Fact]
    public async Task Links_to_one_target_bring_it_once_and_a_chain_of_them_is_followed_for_sixteen_steps()
    {
        (await home.Shell("""
            set -eo pipefail
            rm -rf chain; mkdir chain; cd chain
            /usr/bin/python3 - <<'END'
            import io, tarfile
            tar = tarfile.open("in.tar", "w", format=tarfile.USTAR_FORMAT)
            file = tarfile.TarInfo("a"); file.size = 4; tar.addfile(file, io.BytesIO(b"one\n"))
            def link(name, to):
                entry = tarfile.TarInfo(name); entry.type = tarfile.LNKTYPE; entry.linkname = to; tar.addfile(entry)
            link("l1", "a"); link("l2", "l1"); link("l3", "a")
            for number in range(1, 18):
                link("c%d" % number, "c%d" % (number - 1) if number > 1 else "a")
            tar.close()
            END
            streamback put chain --quiet < in.tar
            test "$(streamback get chain l2 l3 | tar t | paste -sd' ')" = 'a l1 l2 l3'
            mkdir out; streamback get chain l2 l3 2> told | tar x -C out; test "$(cat out/l2 out/l3 | paste -sd' ')" = 'one one'; test ! -s told
            streamback get chain c16 2> told | tar t > listed; test $(wc -l < listed) = 17; test "$(head -1 listed)" = a; test ! -s told
            streamback get chain c17 2> told | tar t | paste -sd' ' > listed; test "$(cat listed)" = c17; test $(wc -l < told) = 1
            """)).Succeeded();
    }

    [Fact]
    public async Task No_symbolic_link_is_followed_to_a_member()
    {
        (await home.Shell("set -e; rm -rf soft; mkdir -p soft/deep; cd soft; echo x > deep/f; ln -s deep to; tar c deep to | streamback put soft --quiet")).Succeeded();
        foreach (var verb in new[] { "cat", "ls", "get" })
            (await home.Run(verb, "soft", "to/f")).FailedWith(5, "'to/f'");
        Assert.Equal("to\n", (await home.Shell("streamback get soft to | tar t")).Succeeded().Text);
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("pax")]
    [InlineData("bsdtar-pax")]
    [InlineData("attributes")]
    public async Task A_member_comes_with_all_of_its_own_headers_byte_for_byte(string fixture)
    {
        var file = fixtures.PathOf(fixture);
        await home.Put($"slice/{fixture}", File.ReadAllBytes(file));
        (await home.Shell($$"""
            set -eo pipefail
            tar tf {{file}} 2> /dev/null | grep -v '/$' | LC_ALL=C grep -a '^[A-Za-z0-9/._-]*$' | grep -v hard | awk '{ print length($0), $0 }' | sort -rn | cut -d' ' -f2- | head -4 > paths
            test $(wc -l < paths) -ge 1
            while IFS= read -r path; do
              streamback get slice/{{fixture}} "$path" > part.tar
              /usr/bin/python3 -c 'import sys; whole, part = (open(name, "rb").read() for name in sys.argv[1:]); assert len(part) > 1024 and not any(part[-1024:]) and part[:-1024] in whole' {{file}} part.tar
            done < paths
            """)).Succeeded();
    }

    [Fact]
    public async Task Earlier_members_of_a_path_come_too_as_tar_extracts_them()
    {
        (await home.Shell("""
            set -eo pipefail
            rm -rf twice; mkdir twice; cd twice
            echo 1 > a; tar cf in.tar a; echo 22 > a; tar rf in.tar ./a
            streamback put twice --quiet < in.tar
            streamback get twice a | tar t > listed; printf 'a\n./a\n' | cmp - listed
            """)).Succeeded();
    }

    [Fact]
    public async Task Of_a_marked_snapshot_it_is_told_by_every_way()
    {
        (await home.Shell("""
            set -eo pipefail
            rm -rf marked; mkdir -p marked/d; cd marked; echo x > d/a; head -c 100000 /dev/urandom > d/b; tar cf all.tar d/a d/b; head -c 50000 all.tar > cut.tar
            streamback put marked --quiet --allow-truncated < cut.tar
            code() { "$@" > got 2> told && echo 0 || echo $?; }
            test $(code streamback ls marked d) = 0; grep -q truncated told; test $(code streamback cat marked d/a) = 0; grep -q truncated told; test $(code streamback diff marked marked) = 0; grep -q truncated told
            test $(code streamback get marked d/a) = 4; tar tf got | grep -qx d/a; grep -q truncated told
            ! streamback ls -R marked 2> /dev/null | grep -q 'd/b'; test $(code streamback get marked d/b) = 5; test ! -s got; test $(code streamback cat marked d/b) = 5; test ! -s got
            echo 'get marked d/a' > line; test $(code streamback serve --stdio < line) = 4; tar tf got | grep -qx d/a
            echo 'get marked' > line; test $(code streamback serve --stdio < line) = 4; cmp got cut.tar; grep -q truncated told
            """)).Succeeded();
    }

    [Theory]
    [InlineData("get part@latest d/file d/%61b")]
    [InlineData("restore-files --transfermode=tar /part/latest d/file d/ab")]
    [InlineData("restore-files --transfermode=tar /part ./d//file /d/ab")]
    public async Task A_request_line_may_name_members(string line)
    {
        (await home.Shell($$"""
            set -eo pipefail
            rm -rf lines; mkdir -p lines/d; cd lines; echo x > d/file; echo y > d/ab; echo z > d/other
            tar c d | streamback put part --quiet
            echo '{{line}}' | streamback serve --stdio | tar t | LC_ALL=C sort > listed; printf 'd/ab\nd/file\n' | cmp - listed
            ! echo 'get part d/none' | streamback serve --stdio > nothing; test ! -s nothing
            """)).Succeeded();
    }
}
