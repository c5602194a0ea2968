using StreamBack.Client.Connections.Gets;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;

namespace StreamBack.Client.Tests.Connections;

/// <summary>What a stream that comes as frames is put together from, whatever a server sends.</summary>
public class FrameReceiverTests
{
    private static readonly byte[] Plain = [.. Enumerable.Range(0, 5000).Select(number => (byte)(number / 7))];
    private static readonly byte[] Packed = ZstdFrame.TryPack(Plain, 3)!;

    // Slot 0 filled, 1 packed, three pieces, slot 0 filled anew, a piece of it, the end.
    private static readonly byte[] Good =
    [
        0x01, 4, 1, 2, 3, 4,
        0x0a, .. Varint(5000), .. Varint(Packed.Length), .. Packed,
        0x03, 2,
        0x0b, .. Varint(4000),
        0x04, 1, 3,
        0x01, 1, 9,
        0x03, 1,
        0x00,
    ];

    private static readonly byte[] Stream = [1, 2, .. Plain[..4000], 2, 3, 4, 9];

    [Fact]
    public void Pieces_of_slots_are_the_stream()
    {
        foreach (var slice in new[] { int.MaxValue, 1 })
        {
            var (ended, stream) = Receive(Good, slice);
            Assert.True(ended);
            Assert.Equal(Stream, stream);
        }
    }

    [Fact]
    public void What_breaks_off_gives_what_came_and_no_end()
    {
        for (var length = 0; length < Good.Length; length++)
        {
            var (ended, stream) = Receive(Good[..length], 100);
            Assert.False(ended);
            Assert.Equal(Stream[..stream.Length], stream);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x03, 1 })] // nothing is in the slot
    [InlineData(new byte[] { 0x01, 2, 5, 5, 0x03, 3 })] // more than is in it
    [InlineData(new byte[] { 0x01, 2, 5, 5, 0x03, 2, 0x03, 1 })] // behind its end
    [InlineData(new byte[] { 0x01, 2, 5, 5, 0x04, 3, 1 })]
    [InlineData(new byte[] { 0x01, 2, 5, 5, 0x03, 0 })] // no bytes at all, for ever
    [InlineData(new byte[] { 0x06, 1 })] // no kind
    [InlineData(new byte[] { 0x81, 0x05, 1, 1 })] // slot 80
    [InlineData(new byte[] { 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f })] // 4 GiB in a slot
    [InlineData(new byte[] { 0x02, 5, 6 })] // packed longer than plain
    [InlineData(new byte[] { 0x02, 5, 3, 1, 2, 3, 0x03, 5, 0x00 })] // does not open
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    public void What_makes_no_sense_is_a_failure(byte[] answer) =>
        Assert.Equal(ErrorCode.Failed, Assert.Throws<RepositoryException>(() => Receive(answer, int.MaxValue)).Code);

    [Fact]
    public void Changed_answers_fail_or_end_as_always()
    {
        var random = new Random(1);
        for (var round = 0; round < 3000; round++)
        {
            var changed = Good.ToArray();
            for (var count = random.Next(1, 4); count > 0; count--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                Receive(changed, 1000);
            }
            catch (RepositoryException error)
            {
                Assert.Equal(ErrorCode.Failed, error.Code);
            }
        }
    }

    private static (bool Ended, byte[] Stream) Receive(byte[] answer, int slice)
    {
        using var written = new MemoryStream();
        using var receiver = new FrameReceiver(new SlicedStream(answer, slice), block => written.Write(block.Span), (offset, _) => Assert.InRange(offset, 0, long.MaxValue));
        return (receiver.Run(CancellationToken.None), written.ToArray());
    }

    private static byte[] Varint(int number)
    {
        var bytes = new byte[Protocol.Varint.MaxSize];
        return bytes[..Protocol.Varint.Write(bytes, (ulong)number)];
    }

    /// <summary>Gives a few bytes at a time, as a network does.</summary>
    private sealed class SlicedStream(byte[] bytes, int slice) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, slice)]);
    }
}
