using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Sessions;

namespace StreamBack.Server.Tests.Faults;

/// <summary>Chunks that are in two bundles, as puts at the same time store them: damage in one costs nothing.</summary>
public sealed class DoubleTests : IDisposable
{
    private static readonly byte[] Text = TestBytes.Text(1, 300_000);
    private static readonly byte[] Stream = [.. Text, .. Changed()];

    private readonly TestRepository repository = TestRepository.New();
    private readonly SnapshotInfo[] snapshots;

    public DoubleTests()
    {
        // There what is a base here is a delta. The snapshot that made it so stays behind: some of its chunks nobody else has.
        using var other = repository.Copy();
        var first = other.Put("changed", Stream[Text.Length..], raw: true);
        snapshots = [repository.Put("one", Stream, raw: true), other.Put("two", Stream, raw: true)];
        foreach (var kind in new[] { FileKind.Bundle, FileKind.Index, FileKind.Snapshot })
        {
            foreach (var file in other.Files(kind).Where(file => Path.GetFileName(file) != first.Id))
            {
                var target = Path.Combine(repository.Path, Path.GetRelativePath(other.Path, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }

        repository.AssertSound("before");
    }

    public void Dispose() => repository.Dispose();

    [Fact]
    public void What_is_damaged_in_one_bundle_is_read_from_the_other()
    {
        foreach (var bundle in repository.Files(FileKind.Bundle))
        {
            var sound = File.ReadAllBytes(bundle);
            foreach (var at in Enumerable.Range(0, 12).Select(step => step * sound.Length / 12))
            {
                Write(bundle, [.. sound[..at], (byte)(sound[at] ^ 1), .. sound[(at + 1)..]]);
                AssertWhole($"byte {at} of {Path.GetFileName(bundle)}");
                Assert.Contains($"bundle {Path.GetFileName(bundle)}", repository.Problems().Select(problem => problem.What));
            }

            File.Delete(bundle);
            AssertWhole($"without {Path.GetFileName(bundle)}");
            Write(bundle, sound);
        }
    }

    [Fact]
    public void A_check_of_the_structure_tells_what_it_had_to_read_from_the_other()
    {
        var told = 0;
        foreach (var bundle in repository.Files(FileKind.Bundle))
        {
            var sound = File.ReadAllBytes(bundle);
            foreach (var at in Enumerable.Range(1, 20).Select(step => step * sound.Length / 24))
            {
                Write(bundle, [.. sound[..at], (byte)(sound[at] ^ 1), .. sound[(at + 1)..]]);
                using var check = new RepositoryCheck(repository.Opened(), new VerifiedBundles(null, ""), _ => { }, new TransferProgress(), CancellationToken.None);
                var problems = check.Run(CheckRequest.Structure).Problems;
                Assert.All(problems, problem => Assert.Equal(($"bundle {Path.GetFileName(bundle)}", 0), (problem.What, problem.Snapshots.Count)));
                told += problems.Count(problem => problem.Message.Contains(": frame ", StringComparison.Ordinal));
            }

            Write(bundle, sound);
        }

        Assert.True(told > 0);
    }

    /// <summary>What is in the trash may be given back at any time.</summary>
    [Fact]
    public void What_is_in_the_trash_as_well_is_needed_from_where_it_stays()
    {
        var all = repository.Store.List(FileKind.Bundle);
        foreach (var resting in all)
        {
            repository.Store.Move(FileKind.Bundle, FileKind.UnusedBundle, resting);
            var damage = new Server.Maintenance.Damage();
            using (var needed = new NeededBundles(repository.Opened(), damage, _ => { }))
            {
                foreach (var snapshot in snapshots)
                    needed.Add(Manifest.TryRead(repository.Store, TestKeys.Full, repository.Store.List(FileKind.Snapshot).Single(id => id.ToString() == snapshot.Id), withContent: false)!);
                Assert.DoesNotContain(resting, needed.Ids);
            }

            Assert.False(damage.Any);
            repository.Store.Move(FileKind.UnusedBundle, FileKind.Bundle, resting);
        }
    }

    private static byte[] Changed()
    {
        var changed = Text.ToArray();
        for (var at = 1000; at < changed.Length; at += 50_000)
            changed[at] ^= 1;
        return changed;
    }

    // Stored files are not to be written to.
    private static void Write(string path, byte[] bytes)
    {
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
    }

    // And the check says of no snapshot that it is touched.
    private void AssertWhole(string where)
    {
        foreach (var snapshot in snapshots)
        {
            Assert.True(Stream.AsSpan().SequenceEqual(repository.Get(snapshot)), where);
            Assert.True(Stream.AsSpan().SequenceEqual(FrameDecoder.Decode(repository.GetFrames(snapshot, 0, everything: true)).Stream), where);
        }

        Assert.All(repository.Problems(), problem => Assert.Empty(problem.Snapshots));
    }
}
