using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Faults;

/// <summary>A put that ends after each of its operations on the disk, and what the next user finds.</summary>
public class CrashTests
{
    private static readonly byte[] Earlier = TestBytes.Text(1, 400_000);

    private static readonly Dictionary<string, byte[]> Streams = new()
    {
        ["old"] = Earlier,
        ["more1"] = TestBytes.Random(3, 300_000),
        ["more2"] = TestBytes.Random(4, 300_000),
        ["new"] = TestBytes.Tar(TestBytes.Edited(Earlier, 100_000), TestBytes.Random(2, 150_000)),
    };

    [Theory]
    [InlineData(CrashLoss.Nothing)]
    [InlineData(CrashLoss.Bytes)]
    [InlineData(CrashLoss.BytesAndNames)]
    public void Every_prefix_of_a_puts_operations_leaves_whole_snapshots_and_lets_the_next_put_go_on(CrashLoss loss)
    {
        using var start = TestRepository.New();
        foreach (var name in new[] { "old", "more1", "more2" })
            start.Put(name, Streams[name]);
        File.WriteAllText(Path.Combine(start.Path, "bundles", $".{new string('0', 32)}-1.tmp"), "left by a dead session");
        var (steps, put) = Record(start);

        var disk = new CrashedDisk(start.Path);
        var done = 0;
        foreach (var count in Sample.Of(steps.Count + 1))
        {
            for (; done < count; done++)
                disk.Do(steps[done]);
            using var repository = TestRepository.In(disk.Crash(loss));
            var where = $"{loss}, after {count} of {steps.Count}: {(count == 0 ? null : steps[count - 1])}";
            CheckListed(repository, IsListed(steps.Take(count), loss), where);

            // What a crash leaves (format: 7) is unfinished files, and bundles that nothing needs: neither is damage.
            repository.AssertSound(where);
            CheckNextPut(repository, start.Files(FileKind.Bundle).Length, put);
            repository.AssertSound($"{where}, and after the next put");
        }
    }

    [Fact]
    public void What_a_killed_put_has_not_made_durable_the_next_one_does_that_rests_on_it()
    {
        using var start = TestRepository.New();
        start.Put("old", Streams["old"]);
        var (first, _) = Record(start);
        var renames = Enumerable.Range(1, first.Count).Where(count => first[count - 1] is { Operation: DiskOperation.Rename } step && step.Target.StartsWith("bundles/", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, renames.Count);
        foreach (var count in renames)
        {
            using var killed = TestRepository.In(Did(start, first.Take(count)).Crash(CrashLoss.Nothing));
            var (second, put) = Record(killed);
            using var repository = TestRepository.In(Did(start, first.Take(count).Concat(second)).Crash(CrashLoss.BytesAndNames));
            Assert.Equal(Streams["new"], repository.Get(put));
            repository.AssertSound($"after {first[count - 1]}");
        }

        static CrashedDisk Did(TestRepository start, IEnumerable<DiskStep> steps)
        {
            var disk = new CrashedDisk(start.Path);
            foreach (var step in steps)
                disk.Do(step);
            return disk;
        }
    }

    [Fact]
    public void A_put_does_what_can_be_lost_in_the_order_that_the_format_gives()
    {
        using var start = TestRepository.New();
        foreach (var name in new[] { "old", "more1", "more2" })
            start.Put(name, Streams[name]);
        var (steps, _) = Record(start);

        string[] order = [.. steps.Where(step => step.Operation is DiskOperation.Rename or DiskOperation.Delete).Select(step =>
            $"{step.Operation} {(step.Target.Length > 0 ? step.Target : step.Path).Split('/')[0]}")];
        Assert.Equal(
            ["Rename bundles", "Rename bundles", "Rename index", "Rename index", "Delete index", "Delete index", "Delete index", "Delete index", "Rename snapshots"],
            order);
        foreach (var rename in steps.Where(step => step.Operation == DiskOperation.Rename))
            CheckDurable([.. steps], rename);
    }

    /// <summary>The bytes are durable before the name, the name before anything else is done but work on temporary files.</summary>
    private static void CheckDurable(List<DiskStep> steps, DiskStep rename)
    {
        var at = steps.IndexOf(rename);
        Assert.Equal(DiskOperation.SyncFile, steps.FindLast(step => step.Path == rename.Path && steps.IndexOf(step) < at)!.Operation);
        var sync = steps.FindIndex(at, step => step.Operation == DiskOperation.SyncFolder && step.Path == Path.GetDirectoryName(rename.Target));
        Assert.True(sync > at);
        Assert.DoesNotContain(steps[(at + 1)..sync], step => step.Operation is DiskOperation.Rename or DiskOperation.Delete);
    }

    private static (IReadOnlyList<DiskStep> Steps, SnapshotInfo Put) Record(TestRepository start)
    {
        var disk = new RecordingDisk();
        using var repository = start.Copy(disk);
        disk.Root = repository.Path;
        return (disk.Steps, repository.Put("new", Streams["new"]));
    }

    private static bool IsListed(IEnumerable<DiskStep> done, CrashLoss loss)
    {
        var after = done.SkipWhile(step => !step.Target.StartsWith("snapshots/", StringComparison.Ordinal)).ToList();
        return loss == CrashLoss.BytesAndNames
            ? after.Any(step => step is { Operation: DiskOperation.SyncFolder, Path: "snapshots" })
            : after.Count > 0;
    }

    private static void CheckListed(TestRepository repository, bool isNewListed, string where)
    {
        var listed = repository.List();
        string[] expected = isNewListed ? ["more1", "more2", "new", "old"] : ["more1", "more2", "old"];
        Assert.True(expected.SequenceEqual(listed.Select(snapshot => snapshot.Name)), where);
        foreach (var snapshot in listed)
            Assert.True(repository.Get(snapshot).AsSpan().SequenceEqual(Streams[snapshot.Name]), $"{where}: {snapshot.Name}");
    }

    private static void CheckNextPut(TestRepository repository, int bundlesBefore, SnapshotInfo put)
    {
        var isContentThere = repository.Files(FileKind.Bundle).Length > bundlesBefore;
        var next = repository.Put("new", Streams["new"]);
        Assert.Equal(isContentThere ? 0 : put.NewChunks, next.NewChunks);
        Assert.Equal(Streams["new"], repository.Get(next));
        Assert.Empty(repository.Leftovers());
    }
}
