using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Faults;

/// <summary>A put that two folders are to hold, which ends after each of its operations on the disk, and what is then in each.</summary>
public class CopiesCrashTests
{
    private static readonly byte[] Earlier = TestBytes.Text(1, 200_000);

    private static readonly Dictionary<string, byte[]> Streams = new()
    {
        ["old"] = Earlier,
        ["new"] = TestBytes.Tar(TestBytes.Edited(Earlier, 50_000), TestBytes.Random(2, 100_000)),
    };

    [Theory]
    [InlineData(CrashLoss.Nothing)]
    [InlineData(CrashLoss.Bytes)]
    [InlineData(CrashLoss.BytesAndNames)]
    public void Every_prefix_of_a_put_leaves_in_the_store_whatever_the_repository_lists(CrashLoss loss)
    {
        // What is new rests on what only the repository has so far: a base of deltas.
        using var start = new TemporaryFolder();
        foreach (var folder in new[] { "own", "store" })
            new LocalDirectory(Path.Combine(start.Path, folder), new HastyDisk()).CreateConfig(TestRepository.Config.Write(), () => { }, isReplica: folder == "store");
        Put(start.Path, new HastyDisk(), "old", isCopied: false);
        var steps = Record(start);
        Assert.Equal(2, steps.Count(step => step.Operation == DiskOperation.Rename && step.Target.Contains("/snapshots/", StringComparison.Ordinal)));
        Assert.StartsWith("own/", steps.Last(step => step.Operation == DiskOperation.Rename).Target, StringComparison.Ordinal);

        var disk = new CrashedDisk(start.Path);
        var done = 0;
        foreach (var count in Sample.Of(steps.Count + 1))
        {
            for (; done < count; done++)
                disk.Do(steps[done]);
            using var crashed = disk.Crash(loss);
            var where = $"{loss}, after {count} of {steps.Count}: {(count == 0 ? null : steps[count - 1])}";
            Check(crashed, where);
            Put(crashed.Path, new HastyDisk(), "new", isCopied: true);
            Check(crashed, $"{where}, and after the next put");
        }
    }

    // The first snapshot of all is only in the repository.
    private static void Check(TemporaryFolder folder, string where)
    {
        using var own = Part(folder, "own");
        using var store = Part(folder, "store");
        foreach (var repository in new[] { own, store })
        {
            Assert.All(repository.List(), snapshot => Assert.True(Streams[snapshot.Name].AsSpan().SequenceEqual(repository.Get(snapshot)), $"{where}: {snapshot.Name}"));
            repository.AssertSound(where);
        }

        Assert.All(own.List().Where(snapshot => snapshot.Name == "new"), snapshot => Assert.Contains(store.List(), copy => copy.Id == snapshot.Id));
    }

    private static TestRepository Part(TemporaryFolder folder, string name) => TestRepository.In(TemporaryFolder.CopyOf(Path.Combine(folder.Path, name)));

    private static IReadOnlyList<DiskStep> Record(TemporaryFolder start)
    {
        using var folder = TemporaryFolder.CopyOf(start.Path);
        var disk = new RecordingDisk { Root = folder.Path };
        Put(folder.Path, disk, "new", isCopied: true);
        return [.. disk.Steps];
    }

    private static void Put(string path, Disk disk, string name, bool isCopied)
    {
        var own = new LocalDirectory(Path.Combine(path, "own"), disk);
        var repository = new OpenRepository(own, TestRepository.Config, TestKeys.Full);
        if (isCopied)
            repository.UseCopies(new CopySet(own, [new LocalDirectory(Path.Combine(path, "store"), disk)], needed: 2, message => Assert.Fail(message)));
        using var session = new PutSession(repository, new PutRequest { Name = SnapshotName.Parse(name) }, new TransferProgress(), _ => { });
        session.Run(new ByteSource(Streams[name]), CancellationToken.None);
    }
}
