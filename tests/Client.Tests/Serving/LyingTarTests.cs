using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Members whose headers lie of their sizes: they are the same by every way, and nothing that is beside them changes.</summary>
public sealed class LyingTarTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    // 2^63 - 1, base-256.
    private const string Huge = "\u0080\0\0\0\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff";

    // Of a sparse member's map in front of its data.
    private static readonly string Map = "1\n0\n5\n".PadRight(512, '\0'), MapBeyond = "1\n9000\n5\n".PadRight(512, '\0'), MapOfMore = "1\n0\n5000\n".PadRight(512, '\0');

    /// <summary>What is between two members that are as they should be: how it is made, what it holds, and whether what comes after is seen.</summary>
    private static readonly Dictionary<string, (Action<TarBuilder> Make, string? Content, bool IsAfterSeen)> Lies = new()
    {
        ["PAX says less than the header"] = (tar => tar.Pax('x', ("size", "5")).Header("lie", 700).Data("12345"), "12345", true),
        ["PAX says more than the header"] = (tar => tar.Pax('x', ("size", "700")).Header("lie", 5).Data(new string('y', 700)), new string('y', 700), true),
        ["PAX says a size below zero"] = (tar => tar.Pax('x', ("size", "-5")).Member("lie", "12345"), null, false),
        ["PAX says more than 64 bits"] = (tar => tar.Pax('x', ("size", "99999999999999999999")).Member("lie", "12345"), null, false),
        ["a size below zero"] = (tar => tar.Header("lie", edit: block => TarBuilder.Put(block, 124, new string('\u00ff', 12))).Data("12345"), null, false),
        ["less than there is"] = (tar => tar.Header("lie", 3).Data(new string('x', 1500)), "xxx", false),
        ["a tar inside"] = (tar => tar.Header("lie", 1024).Raw(new TarBuilder().Member("inner", "i").ToArray()), null, true),
        ["a link with a size"] = (tar => tar.Header("lie", 700, '2', "before"), null, true),
        ["a hole map that ends beyond the file"] = (tar => Sparse(tar, "10", MapBeyond + "12345"), null, true),
        ["a hole map of more than there is"] = (tar => Sparse(tar, "10000", MapOfMore + "12345"), null, true),
    };

    public static TheoryData<string> Names => [.. Lies.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_way_gives_what_can_be_given_and_no_more(string name)
    {
        var (make, content, isAfterSeen) = Lies[name];
        fixture.Home.Write("lying.tar", Tar(make));
        fixture.Home.Write("content", System.Text.Encoding.ASCII.GetBytes(content ?? ""));
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            STREAMBACK_TOKEN=$T streamback --repository $A --quiet put lying < lying.tar
            streamback get lying | cmp - lying.tar
            member() { curl -s -o got -w '%{http_code}' -H "Authorization: Bearer $T" "$S/lying@latest/member?path=$1"; }
            dav() { curl -s -o got -w '%{http_code}' -u "x:$T" "$A/dav/lying/@latest/$1"; }
            for file in before {{(isAfterSeen ? "after" : "")}}; do
              test "$(streamback cat lying $file)" = $file; test $(member $file) = 200; grep -qx $file got; test $(dav $file) = 200; grep -qx $file got
              streamback get lying $file | tar xO | grep -qx $file
            done
            {{(isAfterSeen ? "" : "! streamback ls lying | grep -qx after; test $(member after) = 404; streamback get lying before 2>&1 > part.tar | grep -q raw-tail")}}
            ! streamback ls -R lying | grep -q inner
            if [[ {{(content is null ? 0 : 1)}} = 1 ]]; then
              streamback cat lying lie | cmp - content; test $(member lie) = 200; cmp got content; test $(dav lie) = 200; cmp got content
              streamback get lying lie | tar xO | cmp - content; streamback get lying lie | bsdtar xOf - | cmp - content
              curl -sf -H "Authorization: Bearer $T" "$S/lying@latest/zip" > all.zip; unzip -p all.zip lie | cmp - content
              curl -sf -X PROPFIND -H 'Depth: 0' -u "x:$T" $A/dav/lying/@latest/lie | grep -q '<D:getcontentlength>{{content?.Length}}<'
            elif streamback ls -l lying | grep -q '^- .* lie$'; then
              test $(member lie) = $(dav lie)
            fi
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Theory]
    [InlineData("100000")]
    [InlineData("9223372036854775807")]
    public async Task More_than_there_is_ends_the_put_unless_one_insists_and_is_never_given(string said)
    {
        fixture.Home.Write("cut.tar", Tar(tar => tar.Header("lie", edit: block => TarBuilder.Put(block, 124, said.Length > 11 ? Huge : $"{Convert.ToString(long.Parse(said, System.Globalization.CultureInfo.InvariantCulture), 8).PadLeft(11, '0')}\0")).Data("12345")));
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            export STREAMBACK_TOKEN=$T; at="streamback --repository $A --quiet"
            code=0; $at put cut < cut.tar 2> told || code=$?; test $code = 4; grep -q 'of {{said}} bytes' told
            $at put cut --allow-truncated < cut.tar; $at get cut > got || test $? = 4; cmp got cut.tar
            $at ls cut > got; grep -qx before got; ! grep -qx lie got
            for verb in get cat; do code=0; $at $verb cut lie > got 2> told || code=$?; test $code = 5; test ! -s got; done
            test $(curl -s -o none -w '%{http_code}' -u "x:$T" $A/dav/cut/@latest/lie) = 404
            """)).Succeeded();
        fixture.AssertWell();
    }

    // A hole of 8 EiB: who asks for a part of it gets it at once, who asks for all of it gets it until they leave.
    [Fact]
    public async Task A_file_of_which_almost_all_is_a_hole_is_given_as_far_as_somebody_reads()
    {
        fixture.Home.Write("hole.tar", Tar(tar => Sparse(tar, "9223372036854775807", Map + "12345")));
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            STREAMBACK_TOKEN=$T streamback --repository $A --quiet put hole < hole.tar
            test "$(curl -sf -r 3-6 -u "x:$T" $A/dav/hole/@latest/lie | od -An -c | tr -d ' ')" = '45\0\0'
            test $(curl -sf -r 9223372036854775800-9223372036854775806 -u "x:$T" $A/dav/hole/@latest/lie | wc -c) = 7
            test $(curl -s -r 9223372036854775807- -o none -w '%{http_code}' -u "x:$T" $A/dav/hole/@latest/lie) = 416
            { streamback cat hole lie || true; } | head -c 1000000 | wc -c | grep -qx 1000000
            for way in "$A/dav/hole/@latest/lie" "$S/hole@latest/zip" "$S/hole@latest/member?path=lie"; do
              timeout 2 curl -s -u "x:$T" -H "Authorization: Bearer $T" "$way" | head -c 1000 > got || true; test -s got
            done
            streamback get hole lie | bsdtar tvf - | grep -q 9223372036854775807
            test "$(streamback cat hole after)" = after
            """)).Succeeded();
        fixture.AssertWell();
    }

    private static byte[] Tar(Action<TarBuilder> lie)
    {
        var tar = new TarBuilder().Member("before", "before\n");
        lie(tar);
        return tar.Member("after", "after\n").End().ToArray();
    }

    private static void Sparse(TarBuilder tar, string size, string data) => tar
        .Pax('x', ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "lie"), ("GNU.sparse.realsize", size)).Member("GNUSparseFile.0/lie", data);
}
