using System.Text;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>Maps of sparse files that are wrong: refused, whatever they promise. Right ones are compared with GNU tar by the client's tests.</summary>
public sealed class SparseLayoutTests
{
    private const int Block = 512;

    [Theory]
    [InlineData("0,5,10,5", 100, 10, true)]
    [InlineData("0,5,10,5,100,0", 100, 10, true)]
    [InlineData("0,0", 100, 0, true)]
    [InlineData("0,5,4,5", 100, 10, false)] // pieces that overlap
    [InlineData("10,5,0,5", 100, 10, false)] // out of order
    [InlineData("0,5,99,5", 100, 10, false)] // beyond the end
    [InlineData("0,5,10,5", 100, 11, false)] // more payload than pieces
    [InlineData("0,5,10", 100, 5, false)]
    [InlineData("0,x", 100, 0, false)]
    [InlineData("-1,5", 100, 5, false)]
    [InlineData("9223372036854775807,9223372036854775807", long.MaxValue, 0, false)]
    [InlineData("", 100, 0, false)]
    [InlineData("0,0", -5, 0, false)]
    public void A_map_in_one_record_is_read_or_refused(string map, long size, long payloadSize, bool isRight) =>
        AssertRead(Headers(("GNU.sparse.map", map)), size, payloadSize, [], isRight);

    [Theory]
    [InlineData("1\n0\n5\n", 517, true)]
    [InlineData("2\n0\n5\n10\n0\n", 517, true)]
    [InlineData("0\n", 512, true)]
    [InlineData("1\n0\n5\n", 516, false)]
    [InlineData("2\n0\n5\n", 517, false)] // ends inside
    [InlineData("99999999999\n0\n5\n", 517, false)]
    [InlineData("999999999999999999999999999\n0\n5\n", 517, false)]
    [InlineData("-1\n", 512, false)]
    [InlineData("", 0, false)]
    public void A_map_in_the_payload_is_read_or_refused(string map, long payloadSize, bool isRight) =>
        AssertRead(Headers(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")), 100, payloadSize, Encoding.ASCII.GetBytes(map), isRight);

    [Fact]
    public void A_file_that_says_no_map_is_refused() => AssertRead(Headers(("GNU.sparse.size", "100")), 100, 0, [], isRight: false);

    [Fact]
    public void A_map_without_end_takes_no_more_memory_than_may_be()
    {
        var block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1\n", 256)));
        Assert.Throws<RepositoryException>(() => SparseLayout.Read(Headers(("GNU.sparse.major", "1")), long.MaxValue, long.MaxValue, at => at == 0 ? [.. "9999999999999\n"u8, .. block[14..]] : block));
    }

    [Fact]
    public void A_global_header_after_the_map_is_none()
    {
        var headers = new TarBuilder().Pax('x', ("GNU.sparse.map", "0,5,10,5")).Pax('g', ("comment", "none")).Member("a", "").ToArray();
        AssertRead(headers, 100, 10, [], isRight: true);
    }

    private static void AssertRead(byte[] headers, long size, long payloadSize, byte[] payload, bool isRight)
    {
        SparseLayout Read() => SparseLayout.Read(headers, size, payloadSize, at => [.. payload.Concat(new byte[(int)at + Block]).Skip((int)at).Take(Block)]);
        if (isRight)
            Assert.Equal(payloadSize - Read().DataStart, Read().Pieces.Sum(piece => piece.Length));
        else
            Assert.Equal(ErrorCode.Unsupported, Assert.Throws<RepositoryException>(Read).Code);
    }

    private static byte[] Headers(params (string Key, string Value)[] records) => new TarBuilder().Pax('x', records).Member("a", "").ToArray();
}
