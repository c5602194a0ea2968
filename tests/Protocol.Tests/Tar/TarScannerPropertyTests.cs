using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>What holds for any bytes at all, and for tars that something was done to.</summary>
public sealed class TarScannerPropertyTests
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(1000);

    // One of everything, so that small changes reach every part of the scanner.
    private static readonly byte[] Sample = new TarBuilder()
        .Pax('g', ("comment", "c"), ("uname", "u"))
        .Member("plain", new string('p', 700))
        .Pax('x', ("path", "pax"), ("size", "513"), ("mtime", "-1.5"))
        .Member("a", new string('x', 513))
        .Long('L', new string('n', 600)).Long('K', new string('k', 512)).Member("b", "", '2', "k", TarBuilder.Gnu)
        .Header("s", 512, 'S', magic: TarBuilder.Gnu, edit: block =>
        {
            for (int at = 386; at < 482; at += 12)
                TarBuilder.Put(block, at, "00000000001\0");
            block[482] = 1;
        }).End(1).Data(new string('s', 512))
        .Member("directory/", "", '5')
        .End()
        .Member("second", "archive").End(3).ToArray();

    private static readonly Gen<int[]> Slices = Gen.Choose(0, 1300).ArrayOf();

    /// <summary>Bytes of the sample, changed in a few places; where asked with the block's checksum put right.</summary>
    private static readonly Gen<byte[]> Mutants =
        from changes in (from at in Gen.Choose(0, Sample.Length - 1)
                         from value in Gen.Choose(0, 255)
                         from sum in Gen.Elements(true, true, false)
                         select (at, (byte)value, sum)).ListOf()
        from length in Gen.Frequency((3, Gen.Constant(Sample.Length)), (1, Gen.Choose(0, Sample.Length)))
        select Mutate(changes)[..length];

    private static readonly Gen<byte[]> AnyBytes = Gen.OneOf(
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(),
        Mutants,
        Mutants.Two().Select(two => two.Item1.Concat(two.Item2).ToArray()));

    [Fact]
    public void Scan_of_any_bytes_header_and_payload_in_order_are_the_stream()
        => Check.One(Config, Prop.ForAll(AnyBytes.ToArbitrary(), bytes =>
        {
            RecordingSink scan = RecordingSink.Scan(bytes);
            return scan.Whole.AsSpan().SequenceEqual(bytes) && scan.HeaderBytes + scan.PayloadBytes == bytes.Length;
        }));

    [Fact]
    public void Scan_of_any_bytes_does_not_depend_on_slicing()
        => Check.One(Config, Prop.ForAll(AnyBytes.ToArbitrary(), Slices.ToArbitrary(), (bytes, slices) =>
            RecordingSink.Scan(bytes).AssertSame(RecordingSink.Scan(bytes, slices))));

    [Fact]
    public void Scan_byte_by_byte_is_the_same()
        => RecordingSink.Scan(Sample).AssertSame(RecordingSink.Scan(Sample, Enumerable.Repeat(1, Sample.Length)));

    [Fact]
    public void Scan_of_the_sample_sees_all_of_it()
    {
        RecordingSink scan = RecordingSink.Scan(Sample);
        Assert.Equal(6, scan.Members.Count);
        Assert.Equal(TarEnding.Complete, scan.Verdict!.Ending);
        Assert.DoesNotContain(scan.Members, member => member.IsMalformed);
    }

    [Fact]
    public void Scan_of_any_tar_cut_short_is_never_whole()
        => Check.One(Config, Prop.ForAll(Gen.Choose(512, Sample.Length - (5 * 512) - 1).ToArbitrary(), length =>
        {
            // The first archive ends with two zero blocks before the 5 blocks of the second.
            TarEnding ending = RecordingSink.Scan(Sample[..length]).Verdict!.Ending;
            return ending == (length >= Sample.Length - (6 * 512) ? TarEnding.LoneZeroBlock : TarEnding.Truncated);
        }));

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void Scan_of_an_endless_extension_keeps_a_bounded_part(char type)
    {
        byte[] header = new TarBuilder().Header("a", type: type, edit: block =>
            TarBuilder.Put(block, 124, "777777777777")).ToArray();
        byte[] data = new byte[1 << 20];
        data.AsSpan().Fill((byte)'1');
        var scanner = new TarScanner(new NullSink());
        scanner.Scan(header);
        scanner.Scan(data);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 64; i++)
            scanner.Scan(data);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Scan_allocates_nothing_for_a_member()
    {
        var scanner = new TarScanner(new NullSink());
        scanner.Scan(Sample);

        // What the runtime allocates once, when it compiles something anew in between, is not the scanner's.
        long least = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                scanner.Scan(Sample);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Equal(1806, scanner.Members);
    }

    private static byte[] Mutate(IEnumerable<(int At, byte Value, bool Sum)> changes)
    {
        byte[] bytes = [.. Sample];
        foreach ((int at, byte value, bool sum) in changes)
        {
            bytes[at] = value;
            if (sum)
                TarBuilder.Sum(bytes.AsSpan(at / 512 * 512, 512));
        }

        return bytes;
    }

    private sealed class NullSink : ITarSink
    {
        public void Header(ReadOnlySpan<byte> bytes) { }

        public void Payload(ReadOnlySpan<byte> bytes) { }

        public void MemberHeaders() { }

        public void GlobalHeader() { }

        public void MemberBegin(in TarMember member) { }

        public void MemberEnd() { }
    }
}
