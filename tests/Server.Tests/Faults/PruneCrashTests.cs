using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Faults;

/// <summary>Removals and a prune that end after each of their operations on the disk, and what the next user finds.</summary>
public class PruneCrashTests
{
    [Theory]
    [InlineData(CrashLoss.Nothing, false)]
    [InlineData(CrashLoss.Bytes, false)]
    [InlineData(CrashLoss.BytesAndNames, false)]
    [InlineData(CrashLoss.BytesAndNames, true)]
    public void Every_prefix_leaves_whole_what_was_not_removed(CrashLoss loss, bool isSealed)
    {
        var keys = isSealed ? TestKeys.Put : TestKeys.Full;
        using var start = TestRepository.New();
        var common = TestBytes.Text(1, 150_000);

        // Each has something of its own, and something in common with the one before or after it: of some bundles a part is needed. Whole frames are joined once there are many.
        var streams = Enumerable.Range(0, isSealed ? 36 : 9).Select(number => TestBytes.Tar(common, TestBytes.Random(number, 30_000), TestBytes.Random(100 + (number / 2), 60_000))).ToList();
        var snapshots = streams.Select((stream, number) => start.Put($"name{number:D2}", stream, keys: keys)).ToList();
        var (steps, size) = Record(start, snapshots, keys);
        var disk = new CrashedDisk(start.Path);
        var done = 0;
        foreach (var count in Sample.Of(steps.Count + 1, isSealed ? 53 : 7))
        {
            for (; done < count; done++)
                disk.Do(steps[done]);
            using var repository = TestRepository.In(disk.Crash(loss));
            var where = $"{loss}, after {count} of {steps.Count}: {(count == 0 ? null : steps[count - 1])}";
            var listed = repository.List().ToDictionary(snapshot => snapshot.Name);
            for (var number = 0; number < streams.Count; number++)
            {
                var isThere = listed.TryGetValue($"name{number:D2}", out var snapshot);
                Assert.True(isThere || IsRemoved(number), where);
                if (isThere)
                    Assert.True(repository.Get(snapshot!).AsSpan().SequenceEqual(streams[number]), $"{where}: {number}");
            }

            repository.AssertSound(where);
            repository.Remove([.. listed.Values.Where(snapshot => IsRemoved(int.Parse(snapshot.Name[4..], System.Globalization.CultureInfo.InvariantCulture)))]);
            repository.Prune(keys: keys);
            repository.Prune(keys: keys);
            repository.AssertSound($"{where}, and after the next prune");
            Assert.Equal(streams.Where((_, number) => !IsRemoved(number)), repository.List().Select(snapshot => repository.Get(snapshot)));
            Assert.InRange(Size(repository), size / 2, size * 5 / 4);
        }
    }

    private static bool IsRemoved(int number) => number % 3 != 0;

    private static (IReadOnlyList<DiskStep> Steps, long Size) Record(TestRepository start, List<SnapshotInfo> snapshots, RepositoryKeys keys)
    {
        var disk = new RecordingDisk();
        using var repository = start.Copy(disk);
        disk.Root = repository.Path;
        repository.Remove([.. snapshots.Where((_, number) => IsRemoved(number))]);
        var report = repository.Prune(keys: keys);
        var steps = disk.Steps.ToList();
        Assert.True(report.FreedBytes > 0, $"{report} {string.Join("; ", repository.Notices)}");
        Assert.Contains(steps, step => step is { Operation: DiskOperation.Delete } && step.Path.StartsWith("trash/bundles/", StringComparison.Ordinal));
        Assert.Contains(steps, step => step is { Operation: DiskOperation.Rename } && step.Target.StartsWith("bundles/", StringComparison.Ordinal));
        return (steps, Size(repository));
    }

    private static long Size(TestRepository repository) => repository.Files(FileKind.Bundle).Sum(path => new FileInfo(path).Length);
}
