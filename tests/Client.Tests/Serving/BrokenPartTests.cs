using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What is made while it is sent and meets damage does not end as if it were whole.</summary>
public sealed class BrokenPartTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Repository = "data/streamback/bundles";

    [Theory]
    [InlineData("?path=d")]
    [InlineData("/zip?path=d")]
    [InlineData("/zip")]
    public async Task A_tar_or_a_zip_that_meets_damage_has_no_last_chunk(string part)
    {
        await Prepare();
        var whole = fixture.Ask($"GET /api/v1/snapshots/hurt@latest{part}");
        Assert.Equal((200, true), (whole.Status, whole.IsWhole));
        var bundle = fixture.Home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        RepositoryFiles.Flip(bundle, new FileInfo(bundle).Length * 3 / 4);
        var broken = fixture.Ask($"GET /api/v1/snapshots/hurt@latest{part}");
        RepositoryFiles.Flip(bundle, new FileInfo(bundle).Length * 3 / 4);
        Assert.Equal((200, false), (broken.Status, broken.IsWhole));
        Assert.InRange(broken.Body.Length, 1 << 20, whole.Body.Length - 1);
        fixture.AssertWell();
    }

    [Fact]
    public async Task However_much_damage_comes_first_what_is_found_after_it_is_told()
    {
        const int Hurt = 500;
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            mkdir many; cd many; echo lost > lost; tar c lost > lost.tar; find ../{{Repository}} -type f | sort > ../before
            for number in $(seq {{Hurt}}); do
              test $number = 1 || echo next
              printf 'url = "%s"\nupload-file = lost.tar\noutput = none\nheader = "Authorization: Bearer %s"\n' $S/a/lost $T
            done > all
            curl -sf -K all
            find ../{{Repository}} -type f | sort | comm -13 ../before - | xargs rm
            echo found > found; tar c found | streamback put b/found --quiet
            curl -s -H "Authorization: Bearer $T" "$A/api/v1/find?pattern=*o*" > got
            test $(grep -c '"error"' got) = {{Hurt}}; test $(head -c 65536 got | grep -c '"error"') -lt {{Hurt}}
            grep '"newest"' got | grep -q '"name":"b/found"'; tail -n 1 got | grep -qx '{"end":true}'
            code=0; STREAMBACK_TOKEN=$T streamback --repository $A find '*o*' > got 2> told || code=$?
            test $code = 3; grep -q '^b/found: found' got; test $(grep -c a/lost@ told) = {{Hurt}}
            """)).Succeeded();
        fixture.AssertWell();
    }

    private async Task Prepare() => (await fixture.Server.Shell("""
        set -eo pipefail
        test ! -e d || exit 0
        mkdir d; for name in a b c d; do head -c 4000000 /dev/urandom > d/$name; done
        tar c d | streamback put hurt --quiet
        """)).Succeeded();
}
