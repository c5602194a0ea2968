using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Parts of tars that are asked for oddly, or are odd themselves: they are what they should be, and cost what they should cost.</summary>
public sealed class PartLimitTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_path_that_is_asked_for_ten_thousand_times_comes_once()
    {
        (await fixture.Server.Shell("""
            set -eo pipefail
            rm -rf again; mkdir -p again/d/e; for i in $(seq 500); do echo $i > again/d/e/$i; done; tar c -C again d | streamback put again --quiet
            curl -sf -H "Authorization: Bearer $T" "$S/again@latest?path=" > once.tar
            { printf 'url = "%s/again@latest?path=d/e' "$S"; for i in $(seq 10000); do printf '&path='; done; printf '"\n'; } > many
            curl -sf -H "Authorization: Bearer $T" -K many | cmp - once.tar
            curl -sf -H "Authorization: Bearer $T" "$S/again@latest?path=d/e/7&path=d/e&path=d/e/8&path=d/e/" | tar t | LC_ALL=C sort > got; tar tf once.tar d/e | LC_ALL=C sort | cmp - got
            """)).Succeeded();
        fixture.AssertWell();
    }

    // It said each again with each, and the more there are the less anybody reads.
    [Fact]
    public async Task A_hundred_thousand_links_that_lead_nowhere_are_told_in_a_hundred_lines_and_one()
    {
        const int Links = 100_000;
        using (var file = File.Create(fixture.Home.At("links.tar")))
        {
            foreach (var piece in ManyMembers.Of(new TarBuilder().Header("l/0000000", type: '1', link: "nowhere").ToArray(), "l/".Length, Links))
                file.Write(piece.Span);
        }

        (await fixture.Server.Shell($$"""
            set -eo pipefail
            streamback put links --quiet < links.tar
            streamback get links l 2> told | cmp - links.tar; test $(wc -l < told) = 101; tail -n 1 told | grep -q '{{Links - 100:N0}}\|{{Links - 100}} more hard links like these'
            timeout 60 curl -sf -D head -H "Authorization: Bearer $T" "$S/links@latest?path=l" | cmp - links.tar; test $(wc -c < head) -lt 10000
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task Of_a_stream_that_is_cut_in_its_padding_the_last_member_is_whole()
    {
        fixture.Home.Write("cut.tar", [.. new TarBuilder().Member("d/first", "first").Member("d/last", "12345").ToArray()[..^507]]);
        (await fixture.Server.Shell("""
            set -eo pipefail
            streamback put cut --quiet --allow-truncated < cut.tar
            for path in d/last d; do
              streamback get cut $path > part.tar || test $? = 4; tar xOf part.tar d/last | grep -qx 12345; bsdtar xOf part.tar d/last | grep -qx 12345
              curl -sf -H "Authorization: Bearer $T" "$S/cut@latest?path=$path" | cmp - part.tar
            done
            test $(curl -s -I -o none -w '%{http_code}' -H "Authorization: Bearer $T" $S/cut@latest) = 200
            """)).Succeeded();
        fixture.AssertWell();
    }

    // git archive of an empty tree is such a tar: one global header, and its end.
    [Fact]
    public async Task A_global_header_that_another_archive_ends_with_is_no_end_of_a_part()
    {
        fixture.Home.Write("globals.tar", [.. new TarBuilder().Pax('g', ("comment", "one")).End().ToArray(), .. new TarBuilder().Member("d/file", "file\n").End().ToArray()]);
        (await fixture.Server.Shell("""
            set -eo pipefail
            streamback put globals --quiet < globals.tar
            streamback get globals d/file > part.tar; tar xOf part.tar | grep -qx file; bsdtar xOf part.tar | grep -qx file
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task A_global_header_among_the_headers_of_a_member_is_not_in_force_for_the_next()
    {
        fixture.Home.Write("stale.tar", new TarBuilder().Pax('x', ("comment", "own")).Pax('g', ("uname", "one")).Member("first", "1").Pax('g', ("uname", "two")).Member("second", "2").End().ToArray());
        (await fixture.Server.Shell("""
            set -eo pipefail
            streamback put stale --quiet < stale.tar
            streamback get stale second > part.tar; tar tvf part.tar | grep -q ' two/'; ! grep -q uname=one part.tar
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task Folders_above_very_deep_files_that_nobody_names_are_there_from_the_top()
    {
        (await fixture.Server.Shell("""
            set -eo pipefail
            rm -rf deep; mkdir deep; cd deep; path=$(printf '%s/' {a..z}); mkdir -p $path; for i in 1 2 3; do echo $i > $path/$i; done; find a -type f | tar cT - | streamback put deep --quiet
            test "$(streamback ls deep)" = a/; test "$(streamback ls deep a)" = b/; test "$(streamback ls deep a/b/c/d)" = e/
            streamback get deep a/b | tar t | grep -c '/[123]$' | grep -qx 3
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task Names_that_are_too_much_for_a_zip_are_refused_before_it_begins()
    {
        var name = new string('n', 15_000);
        using (var file = File.Create(fixture.Home.At("names.tar")))
        {
            for (var number = 0; number < 2_300; number++)
                file.Write(new TarBuilder().Long('L', $"{number:D5}{name}").Header("short", magic: TarBuilder.Gnu).ToArray());
            file.Write(new byte[1024]);
        }

        (await fixture.Server.Shell("""
            set -eo pipefail
            streamback put names --quiet < names.tar
            test $(curl -s -o told -w '%{http_code}' -H "Authorization: Bearer $T" $S/names@latest/zip) = 501; grep -q 'a tar is' told
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task Answers_are_kept_by_nobody_and_ranges_are_for_who_gets()
    {
        (await fixture.Server.Shell("""
            set -eo pipefail
            status() { curl -s -o none -D head -w '%{http_code}' -H "Authorization: Bearer $T" "$@"; }
            rm -rf kept; mkdir kept; echo 0123456789 > kept/file; tar c kept | streamback put kept --quiet
            for at in "$S/kept@latest" "$S/kept@latest/member?path=kept/file" "$S/kept@latest?path=kept" "$S" "$S/none@latest"; do
              status "$at" > /dev/null; grep -qi '^cache-control: private, no-cache' head
            done
            test $(status -I -H 'Range: bytes=2-4' "$S/kept@latest/member?path=kept/file") = 200; grep -qi '^content-length: 11' head
            test $(status -I -H 'Range: bytes=99-' "$S/kept@latest") = 200
            test $(status -H 'Range: bytes=2-4' "$S/kept@latest/member?path=kept/file") = 206
            test $(status -H 'If-None-Match: *' "$S/kept@latest?path=kept/none") = 404
            test $(status -H 'If-None-Match: *' "$S/kept@latest?path=kept") = 304
            """)).Succeeded();
        fixture.AssertWell();
    }
}
