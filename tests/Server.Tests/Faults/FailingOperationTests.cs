using StreamBack.Protocol;

namespace StreamBack.Server.Tests.Faults;

/// <summary>A put in which one operation on the disk fails, for each of its operations.</summary>
public class FailingOperationTests
{
    private static readonly byte[] Earlier = TestBytes.Text(1, 400_000);
    private static readonly byte[] Stream = TestBytes.Tar(TestBytes.Edited(Earlier, 100_000), TestBytes.Random(2, 150_000));

    [Fact]
    public void Put_with_an_operation_that_fails_once_says_failed_and_leaves_nothing() =>
        FailEach(FailingDisk.IoError, count: 1, ErrorCode.Failed);

    [Fact]
    public void Put_on_a_disk_that_stays_full_says_full_and_leaves_nothing() =>
        FailEach(FailingDisk.NoSpace, count: int.MaxValue, ErrorCode.Full);

    private static void FailEach(int errno, int count, ErrorCode expected)
    {
        using var start = Prepare();
        var operations = CountOperations(start);
        Assert.InRange(operations, 40, 400);
        foreach (var number in Sample.Of(operations))
            FailOne(start, new FailingDisk(number, count, errno), expected);
    }

    private static void FailOne(TestRepository start, FailingDisk disk, ErrorCode expected)
    {
        using var repository = start.Copy(disk);
        var earlier = repository.List();
        SnapshotInfo? kept = null;
        RepositoryException? error = null;
        try
        {
            kept = repository.Put("new", Stream);
        }
        catch (RepositoryException caught)
        {
            error = caught;
        }

        var where = $"{disk.Failed}";
        if (disk.Failed is not { } failed)
        {
            // A full disk hinders no deletion.
            Assert.NotNull(kept);
            return;
        }

        Assert.True(error?.Code == expected, $"{where}: {error}");
        Assert.True(failed.Operation == DiskOperation.Delete || repository.Leftovers().Length == 0, where);

        // Of a manifest that has its name but no durable folder either may be true after a crash; it is whole.
        var listed = repository.List();
        var isNamed = failed.Operation == DiskOperation.SyncFolder && failed.Path.EndsWith("snapshots", StringComparison.Ordinal);
        Assert.True(listed.Count == earlier.Count + (isNamed ? 1 : 0), where);
        foreach (var snapshot in listed)
            Assert.True(repository.Get(snapshot).Length == snapshot.Length, where);
        repository.AssertSound(where);

        var healthy = repository.On(new HastyDisk());
        var again = healthy.Put("new", Stream);
        Assert.Equal(Stream, healthy.Get(again));
        Assert.True(repository.Leftovers().Length == 0, where);
        repository.AssertSound($"{where}, and after the next put");
    }

    /// <summary>Three snapshots, so that the fourth merges index files, and a temporary file of a dead session.</summary>
    private static TestRepository Prepare()
    {
        var repository = TestRepository.New();
        repository.Put("old", Earlier);
        repository.Put("more", TestBytes.Random(3, 400_000));
        repository.Put("more", TestBytes.Random(4, 400_000));

        File.WriteAllText(Path.Combine(repository.Path, "bundles", $".{new string('0', 32)}-1.tmp"), "left");
        return repository;
    }

    private static int CountOperations(TestRepository start)
    {
        var disk = new FailingDisk(int.MaxValue, 0, 0);
        using var repository = start.Copy(disk);
        repository.Put("new", Stream);
        return disk.Operations;
    }
}
