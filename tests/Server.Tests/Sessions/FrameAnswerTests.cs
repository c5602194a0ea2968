using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Sessions;

/// <summary>A stream as the frames that it is stored in: what goes, and what does not.</summary>
public class FrameAnswerTests
{
    private static readonly byte[] Text = TestBytes.Text(1, 3_000_000);

    [Fact]
    public void Frames_go_as_they_are_stored()
    {
        using var repository = TestRepository.New();
        var snapshot = repository.Put("name", Text, raw: true);
        var stored = repository.Files(FileKind.Bundle).Sum(file => new FileInfo(file).Length);
        Assert.InRange(repository.GetFrames(snapshot, 0, everything: false).Length, stored / 2, stored);
    }

    [Fact]
    public void What_others_have_in_the_same_frame_goes_only_to_who_may_read_everything()
    {
        using var repository = TestRepository.New();
        repository.Put("other", Text, raw: true);
        var mine = repository.Put("mine", Text[..900_000], raw: true);
        bool TellsOther(bool everything)
        {
            var (stream, filled) = FrameDecoder.Decode(repository.GetFrames(mine, 0, everything));
            Assert.Equal(Text[..900_000], stream);

            // The last chunk of the shorter stream is its own.
            return filled.Exists(slot => slot.AsSpan().IndexOf(Text.AsSpan(980_000, 500)) >= 0);
        }

        Assert.Equal((true, false), (TellsOther(everything: true), TellsOther(everything: false)));
    }

    [Fact]
    public void A_frame_of_which_little_is_wanted_stays()
    {
        using var repository = TestRepository.New();
        repository.Put("whole", Text, raw: true);
        var part = repository.Put("part", Text[400_000..440_000], raw: true);
        Assert.InRange(repository.GetFrames(part, 0, everything: true).Length, 1, 50_000);
    }

    [Fact]
    public void A_frame_goes_once_though_its_chunks_come_again()
    {
        using var repository = TestRepository.New();
        var once = repository.GetFrames(repository.Put("once", Text, raw: true), 0, everything: true).Length;
        var often = repository.GetFrames(repository.Put("often", [.. Text, .. Text, .. Text], raw: true), 0, everything: true).Length;
        Assert.InRange(often, once, once + 200_000);
    }

    [Fact]
    public void Damage_leaves_the_answer_without_an_end()
    {
        using var repository = TestRepository.New();
        var snapshot = repository.Put("name", Text, raw: true);
        var bundle = repository.Files(FileKind.Bundle).MaxBy(file => new FileInfo(file).Length)!;
        var bytes = File.ReadAllBytes(bundle);
        bytes[bytes.Length / 2] ^= 1;
        File.SetUnixFileMode(bundle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(bundle, bytes);
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => repository.GetFrames(snapshot, 0, everything: true)).Code);
    }
}
