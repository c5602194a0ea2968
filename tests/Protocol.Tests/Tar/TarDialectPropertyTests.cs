using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>What holds for tars of every dialect, whole, sliced and cut short.</summary>
public sealed class TarDialectPropertyTests
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(300);

    private static readonly Arbitrary<GeneratedTar> Tars = TarGenerator.Streams.ToArbitrary();

    // Reads of a pipe, a part of a header each, or both.
    private static readonly Arbitrary<int[]> Slices =
        Gen.OneOf(Gen.Choose(1, 600), Gen.Elements(1, 511, 512, 513, 65_536)).NonEmptyListOf().Select(list => list.ToArray()).ToArbitrary();

    [Fact]
    public void Scan_of_a_tar_tells_its_members_and_nothing_else()
        => Check.One(Config, Prop.ForAll(Tars, tar =>
        {
            RecordingSink scan = RecordingSink.Scan(tar.Bytes);
            Assert.Equal(
                tar.Members.SelectMany((archive, number) => archive.Select(member =>
                    (member.Name, member.Type, member.LinkName, member.Content, member.SparseSize, number + 1L))),
                scan.Members.Select(member =>
                    (member.Name, member.Type, member.LinkName, Encoding.Latin1.GetString(member.Content), member.SparseSize, member.Archive)));
            Assert.All(scan.Members, member => Assert.True(member is { IsMalformed: false, IsEnded: true }));
            Assert.Equal((TarKind.Tar, TarEnding.Complete), (scan.Verdict!.Kind, scan.Verdict.Ending));
        }));

    [Fact]
    public void Scan_of_a_tar_header_and_payload_in_order_are_the_stream()
        => Check.One(Config, Prop.ForAll(Tars, tar =>
        {
            RecordingSink scan = RecordingSink.Scan(tar.Bytes);
            Assert.Equal(tar.Bytes, scan.Whole);
            Assert.Equal(tar.Bytes.Length, scan.HeaderBytes + scan.PayloadBytes);
            Assert.InRange(tar.Members.Sum(archive => archive.Sum(member => member.Content.Length)), 0, scan.PayloadBytes);
        }));

    [Fact]
    public void Scan_of_a_tar_does_not_depend_on_slicing()
        => Check.One(Config, Prop.ForAll(Tars, Slices, (tar, slices) =>
            RecordingSink.Scan(tar.Bytes).AssertSame(RecordingSink.Scan(tar.Bytes, Repeat(slices, tar.Bytes.Length)))));

    [Fact]
    public void Scan_of_a_tar_cut_anywhere_tells_of_all_its_bytes_however_they_are_sliced()
        => Check.One(Config, Prop.ForAll(Tars, Slices, Gen.Choose(0, 999).ToArbitrary(), (tar, slices, perMille) =>
        {
            byte[] cut = tar.Bytes[..(int)((long)tar.Bytes.Length * perMille / 1000)];
            RecordingSink scan = RecordingSink.Scan(cut);
            Assert.Equal(cut, scan.Whole);
            scan.AssertSame(RecordingSink.Scan(cut, Repeat(slices, cut.Length)));
        }));

    // Sparse maps it reads too, and these mean nothing: then it goes on, and exits 2. bsdtar stops there.
    [Fact]
    public void The_generator_makes_what_GNU_tar_takes_for_tars_of_the_same_members()
        => Assert.All(TarGenerator.Streams.Sample(60).Where(tar => tar.Members.Count == 1), tar =>
            Assert.Equal(
                tar.Members[0].Select(member => member.Name),
                TarTools.Run("tar", ["t", "--quoting-style=escape", "-f", "-"], tar.Bytes).Lines.Select(TarTools.Unescape)));

    private static IEnumerable<int> Repeat(int[] slices, int length)
    {
        for (int at = 0, next = 0; at < length; at += slices[next++ % slices.Length])
            yield return slices[next % slices.Length];
    }
}
