using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>Checks that read a part of the data: what was verified longest ago is next, and after as many as there are parts all of it was.</summary>
public sealed class CheckSampleTests : IDisposable
{
    private readonly TestRepository repository = TestRepository.New();
    private readonly TemporaryFolder state = new();

    public CheckSampleTests()
    {
        for (var number = 0; number < 8; number++)
            repository.Put($"n{number}", TestBytes.Random(number, 50_000));
    }

    public void Dispose()
    {
        repository.Dispose();
        state.Dispose();
    }

    [Fact]
    public void After_as_many_checks_as_there_are_parts_everything_was_read_once()
    {
        var bundles = repository.Store.List(FileKind.Bundle);
        for (var round = 0; round < 4; round++)
        {
            var report = Check(new CheckRequest(ReadData: true, Part: 0.25));
            Assert.Equal((2, false, 0), (report.BundlesRead, report.DataVerified, report.Problems.Count));
            Assert.Equal(2 * (round + 1), bundles.Count(bundle => Verified.When(bundle) is not null));
        }

        var first = Verified.Order(bundles).First();
        var before = Verified.When(first);
        Check(new CheckRequest(ReadData: true, Part: 0.01));
        Assert.True(Verified.When(first) > before);
    }

    [Theory]
    [InlineData(0L, null, 0)]
    [InlineData(null, 0, 0)]
    [InlineData(null, 1, 1)]
    [InlineData(null, 100_000_000, 8)]
    public void Bounds_end_it_and_what_was_read_counts(long? seconds, int? bytes, int read)
    {
        var report = Check(new CheckRequest(ReadData: true, MaxTime: seconds is null ? null : TimeSpan.FromSeconds(seconds.Value), MaxBytes: bytes));
        Assert.Equal((read, read == 8), (report.BundlesRead, report.DataVerified));
    }

    [Fact]
    public void What_is_damaged_is_found_in_its_turn_and_stays_next()
    {
        var bundle = repository.Files(FileKind.Bundle).OrderBy(path => path, StringComparer.Ordinal).Last();
        var bytes = File.ReadAllBytes(bundle);
        bytes[bytes.Length / 2] ^= 1;
        File.SetUnixFileMode(bundle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(bundle, bytes);
        var found = 0;
        for (var round = 0; round < 4; round++)
            found += Check(new CheckRequest(ReadData: true, Part: 0.25)).Problems.Count;
        Assert.Equal(1, found);
        Assert.Single(Check(new CheckRequest(ReadData: true, Part: 0.01)).Problems);
    }

    [Fact]
    public void A_file_of_times_that_is_none_is_as_if_there_were_none()
    {
        File.WriteAllText(Path.Combine(state.Path, VerifiedBundles.FileName("here")), "nonsense\n" + new string('a', 64) + " yesterday\n");
        Assert.Equal(2, Check(new CheckRequest(ReadData: true, Part: 0.25)).BundlesRead);
        Assert.Equal(2, File.ReadAllLines(Path.Combine(state.Path, VerifiedBundles.FileName("here"))).Length);
    }

    private VerifiedBundles Verified => new(state.Path, "here");

    private CheckReport Check(CheckRequest request)
    {
        using var check = new RepositoryCheck(repository.Opened(), Verified, _ => { }, new TransferProgress(), CancellationToken.None);
        return check.Run(request);
    }
}
