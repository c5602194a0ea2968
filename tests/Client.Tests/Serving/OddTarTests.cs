using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What a tar may say oddly is the same to a shell, in a zip, by WebDAV and to the page, and what GNU tar makes of it where it extracts it.</summary>
public sealed class OddTarTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    // Twice the same path, an absolute one, one that climbs, a folder that nobody names, a hard link that leads nowhere.
    private const string Make = """
        rm -rf odd; mkdir odd; cd odd
        echo 1 > a; tar cf in.tar a; echo 22 > a; tar rf in.tar ./a
        echo up > up; tar rPf in.tar --transform 's,^up$,x/../../up,' up
        echo abs > abs; tar rPf in.tar --transform 's,^abs$,/abs/file,' abs
        mkdir deep; echo in > deep/in; tar rf in.tar deep/in
        echo l > l1; ln l1 l2; tar cf links.tar l1 l2; tar --delete -f links.tar l1; tar Af in.tar links.tar
        streamback put odd --quiet < in.tar
        """;

    [Fact]
    public async Task Every_way_shows_the_same_files_with_the_same_bytes()
    {
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            {{Make}}
            printf 'a\nabs/file\ndeep/in\nup\n' > files; printf 'a\nabs\nabs/file\ndeep\ndeep/in\nl2\nup\n' > all
            streamback ls -R odd | sed 's,/$,,' | LC_ALL=C sort | cmp - all
            test $(streamback ls -R --all odd | grep -c '^\(./\)\?a$') = 2
            R=":webdav,url='$A/dav/',bearer_token=$T:odd/@latest"
            rclone lsf -R --files-only "$R" 2> /dev/null | grep -v '^l2$' | LC_ALL=C sort | cmp - files
            curl -sf -H "Authorization: Bearer $T" $S/odd@latest/zip > all.zip; unzip -Z1 all.zip | grep -v '/$' | grep -v '^l2$' | LC_ALL=C sort | cmp - files
            mkdir tar; tar xf in.tar -C tar 2> told || true
            for file in $(cat files); do
              streamback cat odd $file > byte; unzip -p all.zip $file | cmp - byte
              curl -sf -H "Authorization: Bearer $T" "$A/dav/odd/@latest/$file" | cmp - byte
              curl -sf -H "Authorization: Bearer $T" "$S/odd@latest/member?path=$file" | cmp - byte
              test ! -e tar/$file || cmp tar/$file byte
            done
            test "$(cat tar/a)" = 22; test -e tar/abs/file; test -e tar/deep/in
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task What_is_no_file_and_names_that_are_no_text_are_shown_by_every_way_that_can()
    {
        static void Device(byte[] header) => "0000001\00000003\0"u8.CopyTo(header.AsSpan(329));
        var tar = new TarBuilder().Member("d/", type: '5').Header("d/null", type: '3', edit: Device).Header("d/disk", type: '4', edit: Device).Header("d/fifo", type: '6')
            .Member("d/caf\u00e9", "xxx").Member("d/two\nlines", "xx").End();
        fixture.Home.Write("special.tar", tar.ToArray());
        (await fixture.Server.Shell("""
            set -eo pipefail
            streamback put special --quiet < special.tar
            streamback ls -l special d > listed; for type in 'c.* null' 'b.* disk' 'p.* fifo'; do grep -q "^$type" listed; done
            streamback ls -R --json special > listed; for type in char block fifo; do test $(grep -c "\"type\":\"$type\"" listed) = 1; done
            test "$(curl -sf -H "Authorization: Bearer $T" "$S/special@latest/member?path=d/caf%E9")" = xxx
            test "$(curl -sf -H "Authorization: Bearer $T" "$A/dav/special/@latest/d/caf%E9")" = xxx
            test "$(curl -sf -H "Authorization: Bearer $T" "$A/dav/special/@latest/d/two%0Alines")" = xx
            for name in null disk fifo; do
              test $(curl -s -o got -w '%{http_code}' -H "Authorization: Bearer $T" "$A/dav/special/@latest/d/$name") = 404
              test $(curl -s -o got -w '%{http_code}' -H "Authorization: Bearer $T" "$S/special@latest/member?path=d/$name") = 400
            done
            curl -sf -X PROPFIND -H "Depth: 1" -H "Authorization: Bearer $T" "$A/dav/special/@latest/d/" > found; grep -qi 'caf%E9' found; ! grep -q 'null\|disk\|fifo' found
            curl -sf -H "Authorization: Bearer $T" "$S/special@latest/zip?path=d" > all.zip; test $(unzip -Z1 all.zip | wc -l) = 3
            streamback get special d | tar tv > part; tar tvf special.tar | cmp - part
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task What_a_hard_link_of_an_absolute_name_is_a_link_to_comes_along()
    {
        (await fixture.Server.Shell("""
            set -eo pipefail
            mkdir hard; cd hard; echo x > x; ln x y; tar cPf in.tar "$PWD/x" "$PWD/y"; streamback put hard --quiet < in.tar
            streamback get hard "${PWD#/}/y" > part
            for tar in tar bsdtar; do
              rm -rf out; mkdir out; $tar xf part -C out 2> told; cmp x out$PWD/y; test out$PWD/x -ef out$PWD/y
            done
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task Of_several_archives_every_way_shows_what_tar_makes_of_all_of_them()
    {
        (await fixture.Server.Shell("""
            set -eo pipefail
            mkdir -p several/etc && cd several
            echo first > etc/f; echo only > etc/g; tar c etc/f etc/g > a.tar; echo second > etc/f; tar c etc/f > b.tar
            cat a.tar b.tar | tee both.tar | streamback put several --quiet
            mkdir whole part; tar xif both.tar -C whole; streamback get several etc | tar x -C part; diff -r whole part
            test "$(cat part/etc/f)" = second; test "$(cat part/etc/g)" = only
            streamback cat several etc/f | cmp - part/etc/f
            curl -sf -H "Authorization: Bearer $T" $A/dav/several/@latest/etc/f | cmp - part/etc/f
            curl -sf -H "Authorization: Bearer $T" $S/several@latest/zip > all.zip; unzip -p all.zip etc/f | cmp - part/etc/f
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task No_symbolic_link_is_followed_by_any_way()
    {
        (await fixture.Server.Shell("""
            set -eo pipefail
            rm -rf soft; mkdir -p soft/deep; cd soft; echo x > deep/f; ln -s deep to; tar c deep to | streamback put soft --quiet
            for at in "$A/dav/soft/@latest/to/f" "$S/soft@latest/member?path=to/f" "$S/soft@latest/catalog?path=to/f" "$S/soft@latest/zip?path=to/f"; do
              test $(curl -s -o got -w '%{http_code}' -H "Authorization: Bearer $T" "$at") = 404
            done
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task A_hard_link_that_leads_nowhere_has_no_bytes_by_any_way()
    {
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            {{Make}}
            ! streamback cat odd l2 > got 2> told; grep -q "hard link to 'l1'" told; test ! -s got
            for at in "$A/dav/odd/@latest/l2" "$S/odd@latest/member?path=l2"; do
              test $(curl -s -o got -w '%{http_code}' -H "Authorization: Bearer $T" "$at") = 404
            done
            """)).Succeeded();
        fixture.AssertWell();
    }
}
