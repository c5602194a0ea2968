using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;

namespace StreamBack.Protocol.Tests.Http;

public sealed class RecordFormatTests
{
    [Fact]
    public void A_question_is_read_as_it_was_written()
    {
        var hashes = new byte[3 * RecordFormat.HashLength];
        new Random(1).NextBytes(hashes);
        var (lane, lengths, read) = RecordFormat.ReadAsk(RecordFormat.WriteAsk(Lane.Layout, [1, 65536, 262144], hashes));
        Assert.Equal(Lane.Layout, lane);
        Assert.Equal([1, 65536, 262144], lengths);
        Assert.Equal(hashes, read);
    }

    /// <summary>The bytes are a contract.</summary>
    [Fact]
    public void A_record_has_these_bytes()
    {
        var head = new byte[RecordFormat.HeadLength];
        RecordFormat.WriteHead(head, RecordKind.PackedChunks, 0x010203);
        Assert.Equal([3, 3, 2, 1, 0], head);
        var ask = RecordFormat.WriteAsk(Lane.Header, [0x0104], [.. Enumerable.Repeat((byte)0xab, 32)]);
        Assert.Equal([1, 4, 1, 0, 0, .. Enumerable.Repeat((byte)0xab, 32)], ask);
        Assert.Equal([2, 4, 1, 0, 0, 5, 0, 0, 0], RecordFormat.WriteTell(Lane.Layout, [0x0104, 5]));
    }

    [Fact]
    public void What_tells_of_chunks_is_read_as_it_was_written()
    {
        var (lane, lengths) = RecordFormat.ReadTell(RecordFormat.WriteTell(Lane.Catalog, [1, 65536, 262144]));
        Assert.Equal(Lane.Catalog, lane);
        Assert.Equal([1, 65536, 262144], lengths);
        foreach (var none in new byte[][] { [], [0], [0, 1, 0, 0], [4, 1, 0, 0, 0] })
            Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => RecordFormat.ReadTell(none)).Code);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 10, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 1, 0, 80, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 128 })]
    public void A_head_that_is_none_is_refused(byte[] head) =>
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => RecordFormat.ReadHead(head)).Code);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(36)]
    [InlineData(38)]
    public void A_question_of_another_length_is_refused(int length) =>
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => RecordFormat.ReadAsk(new byte[length])).Code);

    [Fact]
    public void A_question_for_no_lane_is_refused() =>
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => RecordFormat.ReadAsk([4, .. new byte[36]])).Code);

    [Fact]
    public void Bits_come_back_as_they_were_added()
    {
        var bits = new BitList();
        var random = new Random(2);
        bool[] given = [.. Enumerable.Range(0, 1001).Select(_ => random.Next(2) == 0)];
        foreach (var bit in given)
            bits.Add(bit);
        Assert.Equal(given, Enumerable.Range(0, given.Length).Select(number => BitList.Get(bits.ToBytes(), number)));
        Assert.Equal(126, bits.ToBytes().Length);
    }
}
