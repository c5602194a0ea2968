using System.Buffers.Binary;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;

namespace StreamBack.Protocol.Tests.Http;

/// <summary>What tells of chunks' samples on the wire.</summary>
public class SampledChunksTests
{
    private static readonly int[] Lengths = [1000, 64, 300];

    [Fact]
    public void What_was_written_is_read()
    {
        var bytes = new byte[1364];
        new Random(1).NextBytes(bytes);
        var cut = new ChunkBatch(ChunkingParameters.Default);
        bytes.CopyTo(cut.Receive(bytes.Length));
        cut.Divide(0, Lengths, [5, 0, 2], [9, 8, 7, 6, 5, 4, 3]);
        var head = SampledChunks.WriteHead(cut, [0, 2]);
        var (counts, start) = SampledChunks.Read([.. head, .. bytes[..1000], .. bytes[1064..]], [1000, 300], out var values);
        Assert.Equal([5, 2], counts);
        Assert.Equal([9, 8, 7, 6, 5, 4, 3], values.ToArray().Select(value => (int)value));
        Assert.Equal((2 + 7) * 4, start);
    }

    [Theory]
    [InlineData(0, -1)]
    [InlineData(0, int.MaxValue)]
    [InlineData(1, 9)] // more than 64 bytes can have
    [InlineData(2, 3)] // the bytes are then too few
    [InlineData(2, 1)]
    public void Counts_that_cannot_be_are_refused(int chunk, int count)
    {
        var record = new byte[(3 + 7) * 4 + 1364];
        int[] counts = [5, 0, 2];
        counts[chunk] = count;
        for (var number = 0; number < 3; number++)
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4 * number), counts[number]);
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => SampledChunks.Read(record, Lengths, out _)).Code);
    }

    [Fact]
    public void A_record_that_is_cut_is_refused()
    {
        var record = new byte[(3 * 4) + 1364];
        SampledChunks.Read(record, Lengths, out _);
        for (var length = 0; length < record.Length; length++)
            Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => SampledChunks.Read(record.AsSpan(0, length), Lengths, out _)).Code);
    }
}
