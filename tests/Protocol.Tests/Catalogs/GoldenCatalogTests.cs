using System.Security.Cryptography;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>
/// The bytes of catalogs of fixed tars, each as a hash. What is written once is read for ever (format 8): a change here is a change of
/// the format, and every catalog that comes after it is stored anew. So none of these hashes may ever be edited.
/// </summary>
public sealed class GoldenCatalogTests
{
    [Fact]
    public void A_catalog_of_every_kind_of_member_never_moves() => AssertHash("954388b03d841968d3b0ff45ede19d2c", new TarBuilder()
        .Pax('g', ("comment", "in force"))
        .Member("./", "", type: '5').Member("./a", "contents").Member("b/c", "").Member("/abs/../x", "1").Member("a", "later")
        .Pax('x', ("mtime", "-1.5"), ("SCHILY.xattr.user.a", "1"), ("uid", "4000000000"), ("uname", "ü")).Member("attributes", "22")
        .Member("hard", "", type: '1').Member("soft", "", type: '2').Member("device", "", type: '3').Member("pipe", "", type: '6').Member("odd", "?", type: 'Q')
        .Pax('g', ("comment", "another"))
        .Long('L', new string('n', 300)).Member("short", "333")
        .Pax('x', ("GNU.sparse.size", "100"), ("GNU.sparse.map", "0,2,50,2")).Member("sparse", "abcd")
        .SparseHeader("old", 10, entries: 4, isExtended: true).SparseMap(entries: 2, isExtended: false).Data(new string('s', 10))
        .Member("unfinished/", "", type: '0')
        .End());

    // Three levels: leaves end by their keys, and by their length.
    [Fact]
    public void A_catalog_of_many_members_never_moves()
    {
        var tar = new TarBuilder();
        for (var number = 0; number < 6000; number++)
            tar.Member($"folder{number % 7}/{number * 7919 % 6000}/{new string((char)('a' + (number % 26)), number % 80)}", number % 3 == 0 ? "x" : "");
        AssertHash("30704cfbcfad9149310b09a552f34152", tar.End());
    }

    private static void AssertHash(string hash, TarBuilder tar)
    {
        var bytes = BuiltCatalog.Of(tar.ToArray()).Bytes;
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16)));
    }
}
