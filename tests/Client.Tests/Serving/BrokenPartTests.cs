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
    public async Task A_part_of_small_files_that_meets_damage_is_refused_by_whoever_reads_it_and_makes_no_bytes_up()
    {
        (await fixture.Server.Shell("""
            set -eo pipefail
            mkdir small; cd small; mkdir d
            head -c 1500000 /dev/urandom | split -b 499 -a 4 - d/
            tar c d | streamback put small --quiet
            """)).Succeeded();
        var bundle = fixture.Home.Repository.Bundles.Where(path => new FileInfo(path).Length is > 1_400_000 and < 3_000_000).MaxBy(File.GetLastWriteTimeUtc)!;

        // Frames stand in the order in which they got ready: in one that is not the first to be read.
        var place = 0L;
        foreach (var fromEnd in new[] { 200_000, 750_000, 1_300_000 })
        {
            place = new FileInfo(bundle).Length - fromEnd;
            RepositoryFiles.Flip(bundle, place);
            if (long.Parse((await fixture.Server.Shell("streamback get small d 2> told | wc -c")).Text, System.Globalization.CultureInfo.InvariantCulture) > 300_000)
                break;
            RepositoryFiles.Flip(bundle, place);
        }

        (await fixture.Server.Shell("""
            cd small; export STREAMBACK_TOKEN=$T
            for get in "streamback get small d" "streamback --repository $A get small d" "curl -s -H 'Authorization: Bearer $T' '$S/small@latest?path=d'"; do
              eval "$get" > part 2> told; test $? != 0 || { echo "$get is not refused"; exit 1; }
              test $(stat -c %s part) -gt 300000 || { echo "$get gave too little"; exit 1; }
              for tar in tar bsdtar; do
                rm -rf out; mkdir out
                ! $tar xf part -C out 2> told || { echo "$tar takes it for whole: $get"; exit 1; }
                test $(ls out/d | wc -l) -gt 200 || { echo "$tar took too little of $get"; exit 1; }
                # The last file is cut short, or filled up with zeros, and has nothing that was not put.
                test $(for file in $(ls out/d); do cmp -s out/d/$file d/$file || echo $file; done | wc -l) -le 1 || exit 1
                ! grep -rqa 'streamback:' out || exit 1
              done
            done
            """)).Succeeded();
        RepositoryFiles.Flip(bundle, place);
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
