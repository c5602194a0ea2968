using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>A folder of a tar as a zip, for those who have nothing that reads tars.</summary>
public sealed class ZipTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly bool All = Tier.All;

    [Fact]
    public async Task A_zip_has_what_the_tar_has()
    {
        (await fixture.Server.Shell("""
            set -e
            mkdir -p tree/sub/void; head -c 3000000 /dev/urandom > tree/big; echo x > tree/sub/small; ln tree/big tree/hard; ln -s sub/small tree/soft; chmod 750 tree/sub; chmod 4755 tree/sub/small; mkfifo tree/pipe
            truncate -s 2M tree/sparse; echo z | dd of=tree/sparse bs=1 seek=1000000 conv=notrunc status=none; touch -d '2001-02-03 04:05:06' tree/big; echo y > $'tree/\303\244'
            : > 'tree/..\..\up'; touch -d @0 tree/sub/void; echo plus > tree/sub/a+b; echo blank > 'tree/sub/a b'; tar cS tree | streamback put zip --quiet
            curl -sf -H "Authorization: Bearer $T" "$S/zip@latest/zip?path=tree/sub" -o sub.zip; curl -sf -D head -H "Authorization: Bearer $T" "$S/zip@latest/zip" -o all.zip
            grep -qi 'content-disposition: attachment; filename=zip.zip' head
            curl -sf -H "Authorization: Bearer $T" "$S/zip@latest/member?path=tree/sub/a+b" | cmp - tree/sub/a+b; curl -sf -H "Authorization: Bearer $T" "$S/zip@latest/member?path=tree/sub/a%20b" | cmp - 'tree/sub/a b'
            curl -sf -H "Authorization: Bearer $T" "$A/api/v1/find?pattern=a+b" | grep -c '"path":"tree/sub/a\\u002Bb"' | grep -x 1 > /dev/null
            mkdir out sub; export LC_ALL=C.UTF-8; unzip -q all.zip -d out; rm tree/pipe; mv 'tree/..\..\up' tree/.._.._up; diff -r --no-dereference tree out/tree; unzip -q sub.zip -d sub; diff -r tree/sub sub/sub
            test "$(stat -c %a out/tree/sub)" = 750; case $(stat -c %a out/tree/sub/small) in 755|4755) ;; *) exit 1;; esac # the set-user bit is unzip's to take
            test "$(stat -c %Y out/tree/sub/void)" = 0; unzip -tq all.zip
            test "$(TZ=UTC stat -c %y out/tree/big)" = '2001-02-03 04:05:06.000000000 +0000'
            test $(curl -s -o none -w '%{http_code}' -H "Authorization: Bearer $T" "$S/zip@latest/zip?path=none") = 404
            test $(curl -s -o none -w '%{http_code}' -H "Authorization: Bearer $T" "$S/seed@latest/zip") = 400
            """)).Succeeded();
        fixture.AssertWell();
    }

    // A minute, so only in the whole check.
    [Fact]
    public async Task A_file_of_more_than_4_GiB_is_whole_in_it()
    {
        var size = All ? (4L << 30) + 12_345 : 12_345;
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            mkdir vast; truncate -s {{size}} vast/hole; echo end >> vast/hole; echo after > vast/later; tar cS vast | streamback put vast --quiet
            curl -sf -H "Authorization: Bearer $T" "$S/vast@latest/zip?path=vast" -o vast.zip; unzip -tq vast.zip
            unzip -p vast.zip vast/hole | cmp - vast/hole; unzip -p vast.zip vast/later | cmp - vast/later
            """)).Succeeded();
        fixture.AssertWell();
    }
}
