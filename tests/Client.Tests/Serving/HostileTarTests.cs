using System.Formats.Tar;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Tars that are made to be too much for whoever looks into them: it is looked into as far as is documented, and nothing else suffers.</summary>
public sealed class HostileTarTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int Much = 100 << 20;

    // As many as the issue is about with STREAMBACK_TEST_ALL=1, otherwise fewer.
    private static readonly int Members = Tier.All ? 1_000_000 : 100_000;

    // What is beside it in the same tar, and in other snapshots, is there all the same.
    private const string Others = """
        test "$(streamback cat hostile before)" = before
        streamback get hostile before | tar t | grep -qx before
        curl -sf -u "x:$T" $A/dav/hostile/@latest/before | grep -qx before
        test "$(curl -sf -H "Authorization: Bearer $T" "$S/hostile@latest/zip?path=before" | head -c 2)" = PK
        test "$(curl -sf -H "Authorization: Bearer $T" $S/seed@latest | wc -c)" = 4
        """;

    // It may say how long its member is, so that nobody knows where the next one begins: libarchive refuses it, too.
    [Theory]
    [InlineData("comment")]
    [InlineData("path")]
    [InlineData("linkpath")]
    [InlineData("size")]
    [InlineData("GNU.sparse.map")]
    public async Task A_PAX_record_of_100_MB_ends_the_view_and_not_the_stream(string key)
    {
        await Put(output =>
        {
            output.Write(Member("before"));
            output.Write(Extension(TarEntryType.ExtendedAttributes, Much, key));
            output.Write(Member("much"));
            output.Write(Member("after"));
            output.Write(new byte[1024]);
        });
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            streamback ls hostile 2> told | grep -qx before; streamback show hostile | grep -q 'raw-tail'
            curl -sf -X PROPFIND -H 'Depth: 1' -u "x:$T" $A/dav/hostile/@latest/ | grep -o '<D:href>[^<]*' | LC_ALL=C sort > got
            printf '<D:href>/dav/hostile/@latest/%s\n' '' before | cmp - got
            {{Others}}
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Theory]
    [InlineData(TarEntryType.ExtendedAttributes)]
    [InlineData(TarEntryType.GlobalExtendedAttributes)]
    public async Task Headers_of_100_MB_in_many_records_hinder_their_own_members_alone(TarEntryType type)
    {
        await Put(output =>
        {
            output.Write(Member("before"));
            for (var written = 0; written < Much; written += 1_000_000)
                output.Write(Extension(type, 1_000_000));
            output.Write(Member("much"));
            output.Write(new byte[1024]);
        });
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            streamback ls hostile > got; printf 'before\nmuch\n' | cmp - got
            test $(curl -s -o got -w '%{http_code}' -u "x:$T" $A/dav/hostile/@latest/much) = 501
            for verb in get cat; do
              code=0; streamback $verb hostile much > got 2> told || code=$?; test $code = 9; test ! -s got; grep -q 'bytes of headers' told
            done
            {{Others}}
            """)).Succeeded();
        fixture.AssertWell();
    }

    [Fact]
    public async Task Very_many_members_in_one_folder_are_all_listed()
    {
        await Put(output =>
        {
            foreach (var piece in ManyMembers.Of(new TarBuilder().Header("m/0000000").ToArray(), "m/".Length, Members))
                output.Write(piece.Span);
        });
        (await fixture.Server.Shell($$"""
            set -eo pipefail
            seq -f %07g 0 {{Members - 1}} > all
            streamback ls hostile m | cmp - all
            STREAMBACK_TOKEN=$T streamback --repository $A ls hostile m | cmp - all
            curl -sf -X PROPFIND -H 'Depth: 1' -u "x:$T" $A/dav/hostile/@latest/m | grep -o '<D:displayname>[0-9]*' | sed 's/.*>//; /^$/d' | cmp - all
            curl -sf -H "Authorization: Bearer $T" "$S/hostile@latest/catalog?path=m" | grep -c '"path"' | grep -qx {{Members}}
            streamback find '*99' hostile --json | wc -l | grep -qx {{Members / 100}}
            streamback get hostile m/0000099 | tar t | grep -qx m/0000099
            test $(curl -s -o got -w '%{http_code}' -H "Authorization: Bearer $T" "$S/hostile@latest/zip") = {{(Members > 200_000 ? 501 : 200)}}
            """)).Succeeded();
        fixture.AssertWell();
    }

    // The header and the contents of one file, which are its name.
    private static byte[] Member(string name)
    {
        var made = new MemoryStream();
        using (var tar = new TarWriter(made, TarEntryFormat.Ustar, leaveOpen: true))
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(System.Text.Encoding.ASCII.GetBytes(name + "\n")) });
        return made.ToArray()[..^1024];
    }

    // One extension header with one record. The framework writes the records of some keys as it likes: any other key is put in its place.
    private static byte[] Extension(TarEntryType type, int length, string key = "comment")
    {
        var made = new MemoryStream();
        using (var tar = new TarWriter(made, TarEntryFormat.Pax, leaveOpen: true))
            tar.WriteEntry(new PaxGlobalExtendedAttributesTarEntry(new Dictionary<string, string> { ["comment"] = new('1', length) }));
        var header = made.ToArray()[..^1024];
        header[156] = (byte)type;
        TarBuilder.Sum(header.AsSpan(0, 512));
        System.Text.Encoding.ASCII.GetBytes($"{key}=").CopyTo(header, header.AsSpan().IndexOf("comment="u8));
        header.AsSpan(header.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes($"{key}=")) + key.Length + 1, "comment=".Length).Fill((byte)'1');
        return header;
    }

    // By a client of the running server, and back byte for byte.
    private async Task Put(Action<Stream> write)
    {
        var sent = fixture.Home.At("hostile.tar");
        using (var file = File.Create(sent))
            write(file);
        (await fixture.Server.Shell("""
            set -eo pipefail
            STREAMBACK_TOKEN=$T streamback --repository $A --quiet put hostile < hostile.tar
            streamback get hostile | cmp - hostile.tar
            curl -sf -H "Authorization: Bearer $T" $S/hostile@latest | cmp - hostile.tar
            """)).Succeeded();
    }
}
