using StreamBack.Protocol;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Tests.Snapshots;

/// <summary>Header stream and payload stream put together by a layout, good or not.</summary>
public sealed class LayoutTests : IDisposable
{
    private const int HeaderLength = 1000, PayloadLength = 100_000;

    private readonly TestRepository repository = TestRepository.New();
    private readonly RecipeRoot header;
    private readonly RecipeRoot payload;

    public LayoutTests()
    {
        header = Store(TestBytes.Random(1, HeaderLength));
        payload = Store(TestBytes.Random(2, PayloadLength));
    }

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Streams_interleave_as_the_pairs_say()
    {
        var (headers, payloads) = (TestBytes.Random(1, HeaderLength), TestBytes.Random(2, PayloadLength));
        byte[] expected = [.. headers[..300], .. payloads[..70_000], .. payloads[70_000..], .. headers[300..]];
        Assert.Equal(expected, Assemble(Pairs((300, 70_000), (0, 30_000), (700, 0)), offset: 0));
        foreach (var offset in new[] { 1, 299, 300, 301, 70_300, 100_299, 100_300, 100_999 })
            Assert.Equal(expected[offset..], Assemble(Pairs((300, 70_000), (0, 30_000), (700, 0)), offset));
    }

    [Theory]
    [InlineData(long.MaxValue, 0, 0, 0)]
    [InlineData(0, long.MaxValue, 0, 0)]
    [InlineData(long.MaxValue, long.MaxValue, 3, 0)]
    [InlineData(1000, 100_000, 0, 1)]
    [InlineData(1000, 100_000, 1, 0)]
    [InlineData(1001, 99_999, 0, 0)]
    [InlineData(999, 100_001, 0, 0)]
    [InlineData(1000, 99_999, 0, 0)]
    [InlineData(0, 0, 0, 0)]
    public void Layout_that_does_not_use_up_both_streams_is_corrupt(long header1, long payload1, long header2, long payload2)
    {
        foreach (var offset in new[] { 0, 500, 50_000 })
            AssertCorrupt(Pairs((header1, payload1), (header2, payload2)), offset);
    }

    [Fact]
    public void Layout_that_overflows_is_corrupt()
    {
        // The sums turn negative and come back to where they were, with the header stream's place far outside of it.
        AssertCorrupt(Pairs((long.MaxValue, long.MaxValue - 0x80000000), (0x80000002, 0), (HeaderLength, PayloadLength)), offset: 0);
        AssertCorrupt(Pairs((long.MaxValue, long.MaxValue), (long.MaxValue, 2), (2 + HeaderLength, PayloadLength)), offset: 700);
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("e807")]
    [InlineData("ffffffffffffffffff01e807")]
    [InlineData("ffffffffffffffffffffff01e807")]
    public void Layout_that_holds_no_pairs_is_corrupt(string hex) => AssertCorrupt(Convert.FromHexString(hex), offset: 0);

    [Fact]
    public void Layouts_of_random_bytes_are_corrupt()
    {
        for (var seed = 0; seed < 40; seed++)
            AssertCorrupt(TestBytes.Random(seed, 1 + seed), offset: seed);
    }

    private static byte[] Pairs(params (long Header, long Payload)[] pairs)
    {
        var bytes = new byte[pairs.Length * LayoutPair.MaxSize];
        var length = 0;
        foreach (var (header, payload) in pairs)
            length += LayoutPair.Write(bytes.AsSpan(length), header, payload);
        return bytes[..length];
    }

    private void AssertCorrupt(byte[] layout, int offset) =>
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => Assemble(layout, offset)).Code);

    private RecipeRoot Store(byte[] stream)
    {
        Assert.True(ObjectId.TryParse(repository.Put("name", stream, raw: true).Id, out var id));
        return Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: false)!.Structure.Streams[StreamNames.Payload];
    }

    /// <summary>The stream from an offset on, without the hash and the tail guard of a whole get.</summary>
    private byte[] Assemble(byte[] layout, int offset)
    {
        var structure = ManifestTests.Structure with
        {
            Length = HeaderLength + PayloadLength,
            Streams = new Dictionary<string, RecipeRoot>
            {
                [StreamNames.Header] = header,
                [StreamNames.Payload] = payload,
                [StreamNames.Layout] = Store(layout),
            },
        };
        using var index = Server.Dedup.ChunkIndex.Open(repository.Store, TestKeys.Full, session: null, _ => { });
        using var frames = new Server.Bundles.FrameCache(repository.Store, TestKeys.Full, maxFrames: 8);
        var sink = new Collector();
        var chunks = new Server.Dedup.ChunkReader(index, frames);
        new SnapshotStream(new Manifest(default, structure, null), chunks).CopyTo(sink, offset, CancellationToken.None);
        return [.. sink.Bytes];
    }

    private sealed class Collector : ISnapshotSink
    {
        public List<byte> Bytes { get; } = [];

        public void Header(in StoredPiece piece) => Bytes.AddRange(piece.Span);

        public void Payload(in StoredPiece piece, long runStart, long runEnd) => Bytes.AddRange(piece.Span);
    }
}
