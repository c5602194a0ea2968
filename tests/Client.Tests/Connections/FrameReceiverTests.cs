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
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<UnreadableAnswerException>(() => Receive(answer, int.MaxValue)).Code);

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
            catch (UnreadableAnswerException)
            {
                // As it should be.
            }
        }
    }

    [Fact]
    public void Slots_that_are_filled_for_nothing_take_no_memory()
    {
        var nothing = ZstdFrame.TryPack(new byte[8 << 20], 1)!;
        byte[] round = [0x02, .. Varint(8 << 20), .. Varint(nothing.Length), .. nothing, 0x03, 1];
        byte[] answer = [.. Enumerable.Repeat(round, 400).SelectMany(bytes => bytes), 0x00];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        using var body = new SlicedStream(answer, 4096, () => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false) - before));
        using var receiver = new FrameReceiver(body, _ => { }, (_, _) => { });
        Assert.True(receiver.Run(CancellationToken.None));
        Assert.InRange(most, 1, 400L << 20); // of 3 200 MiB; other tests run beside it
    }

    [Fact]
    public void What_goes_out_ends_where_it_was_told_to_end()
    {
        // Pieces of a mebibyte here and there, and after some of them word of how much may go out.
        var random = new Random(3);
        var bytes = new byte[1 << 20];
        random.NextBytes(bytes);
        List<byte> answer = [0x01, .. Varint(bytes.Length), .. bytes];
        var (position, ends) = (0, new List<long> { 0, 256 });
        while (position < 20 << 20)
        {
            var (offset, length) = (random.Next(500_000), random.Next(1, 400_000));
            answer.AddRange([0x04, .. Varint(offset), .. Varint(length)]);
            position += length;
            if (random.Next(4) > 0)
                continue;
            ends.Add(Math.Max(ends[^1], position - random.Next(100_000)));
            answer.AddRange([0x05, .. Varint((int)ends[^1])]);
        }

        using var target = new MemoryStream();
        using var arriving = new ArrivingStream(target, isTar: true);
        using var receiver = new FrameReceiver(new MemoryStream([.. answer]), block =>
        {
            arriving.Write(block);
            Assert.Contains(target.Length, ends);
        }, arriving.LetOut);
        Assert.False(receiver.Run(CancellationToken.None));
        Assert.Equal((position, ends[^1]), (arriving.Position, target.Length));
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
    private sealed class SlicedStream(byte[] bytes, int slice, Action? reading = null) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer)
        {
            reading?.Invoke();
            return base.Read(buffer[..Math.Min(buffer.Length, slice)]);
        }
    }
}
