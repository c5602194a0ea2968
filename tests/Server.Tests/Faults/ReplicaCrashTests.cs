using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Faults;

/// <summary>Copying and mending that end after each of their operations on the disk, and what the next user finds.</summary>
public class ReplicaCrashTests
{
    private static readonly byte[][] Streams = [.. Enumerable.Range(0, 6).Select(number => TestBytes.Tar(TestBytes.Text(1, 150_000), TestBytes.Random(number, 40_000)))];

    [Theory]
    [InlineData(CrashLoss.Nothing, true)]
    [InlineData(CrashLoss.Bytes, true)]
    [InlineData(CrashLoss.BytesAndNames, true)]
    [InlineData(CrashLoss.Nothing, false)]
    [InlineData(CrashLoss.BytesAndNames, false)]
    public void Every_prefix_of_replicate_leaves_a_copy_in_which_every_snapshot_is_whole(CrashLoss loss, bool isKeyless)
    {
        using var source = TestRepository.New();
        using var start = TestRepository.New();
        if (isKeyless)
            File.WriteAllBytes(Path.Combine(start.Path, "replica"), []);
        for (var number = 0; number < 3; number++)
            source.Put($"name{number}", Streams[number]);
        Replicate(source, start, isKeyless: isKeyless);
        for (var number = 3; number < Streams.Length; number++)
            source.Put($"name{number}", Streams[number]);
        source.Remove(source.List()[0]);
        source.Prune();
        var steps = Record(start, copy => Replicate(source, copy, prune: true, isKeyless));
        Replay(start, steps, loss, (copy, where) =>
        {
            AssertWhole(copy, where);
            copy.AssertSound(where);
            Replicate(source, copy, prune: true, isKeyless);
            copy.AssertSound($"{where}, and after the next run");
            Assert.Equal(source.List().Select(snapshot => snapshot.Id), copy.List().Select(snapshot => snapshot.Id));
        });
    }

    /// <summary>Or a check of the copy meanwhile would miss those that others call their previous.</summary>
    [Fact]
    public void Snapshots_of_a_name_come_oldest_first()
    {
        using var source = TestRepository.New();
        using var start = TestRepository.New();
        File.WriteAllBytes(Path.Combine(start.Path, "replica"), []);
        var snapshots = Streams.Select(stream => source.Put("name", stream)).ToList();

        // Two that overlap: the one that began later and was done earlier is the previous one of the other.
        PutSession Begin() => new(source.Opened(), new PutRequest { Name = SnapshotName.Parse("name"), Raw = true }, new TransferProgress(), _ => { });
        using (var slow = Begin())
        using (var quick = Begin())
        {
            snapshots.Add(quick.Run(new ByteSource(Streams[0], null), CancellationToken.None));
            snapshots.Add(slow.Run(new ByteSource(Streams[1], null), CancellationToken.None));
        }

        Assert.Equal(snapshots[^2].Id, snapshots[^1].Previous);
        var steps = Record(start, copy => Replicate(source, copy));
        Assert.Equal(
            snapshots.Select(snapshot => snapshot.Id),
            steps.Where(step => step.Operation == DiskOperation.Rename && step.Target.StartsWith("snapshots/", StringComparison.Ordinal)).Select(step => Path.GetFileName(step.Target)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_removed_while_it_is_sent_is_no_problem(bool isGivenUp)
    {
        using var source = TestRepository.New();
        using var copy = TestRepository.New();
        File.WriteAllBytes(Path.Combine(copy.Path, "replica"), []);
        var snapshots = Enumerable.Range(0, 2).Select(number => source.Put($"name{number}", Streams[number])).ToList();
        Replicate(source, copy.On(new RenamingDisk("/bundles/", () =>
        {
            source.Remove(snapshots[0]);
            source.Prune(isGivenUp ? null : TimeSpan.FromDays(1));
        })));
        Assert.Equal([snapshots[1].Id], copy.List().Select(snapshot => snapshot.Id));
        copy.AssertSound("afterwards");
        Assert.Equal(Streams[1], copy.Get(snapshots[1]));
    }

    /// <summary>Of two copies of a chunk, that of whoever pruned there with a key and the one that was sent, not both may go.</summary>
    [Fact]
    public void What_is_pruned_there_while_it_is_sent_stays_there_once()
    {
        using var source = TestRepository.New();
        using var copy = TestRepository.New();
        File.WriteAllBytes(Path.Combine(copy.Path, "replica"), []);
        var snapshots = Enumerable.Range(0, 2).Select(number => source.Put($"name{number}", Streams[number])).ToList();
        Replicate(source, copy);
        source.Remove(snapshots[0]);
        Replicate(source, copy.On(new RenamingDisk("/trash/snapshots/", () =>
        {
            foreach (var bundle in copy.Store.List(FileKind.Bundle))
                copy.Store.Move(FileKind.Bundle, FileKind.UnusedBundle, bundle);
        })), prune: true);
        Assert.Equal(source.Store.List(FileKind.Bundle).Order(), copy.Store.List(FileKind.Bundle).Order());
        Assert.Equal(Streams[1], copy.Get(snapshots[1]));
    }

    [Fact]
    public void Who_prunes_there_does_not_keep_damage_here_from_being_told()
    {
        using var source = TestRepository.New();
        using var copy = TestRepository.New();
        File.WriteAllBytes(Path.Combine(copy.Path, "replica"), []);
        source.Put("name0", Streams[0]);
        Replicate(source, copy);
        var second = source.Put("name1", Streams[1]);
        using var held = copy.Store.Lock(Prune.LockName);
        using (var target = Target(copy, isKeyless: true))
        {
            using var replication = new Replication(source.Opened(), target, copy.Notices.Enqueue, new TransferProgress(), CancellationToken.None);
            Assert.Equal(ErrorCode.Busy, Assert.Throws<RepositoryException>(() => replication.Run(prune: true)).Code);
        }

        Assert.Equal(Streams[1], copy.Get(second));
        var before = source.Files(FileKind.Bundle);
        source.Put("name2", Streams[2]);
        Damage(source.Files(FileKind.Bundle).Except(before));
        using (var target = Target(copy, isKeyless: true))
        {
            using var replication = new Replication(source.Opened(), target, copy.Notices.Enqueue, new TransferProgress(), CancellationToken.None);
            Assert.NotEmpty(replication.Run(prune: true).Problems);
        }
    }

    [Fact]
    public void What_was_about_to_be_removed_and_is_still_there_is_sent_once_that_is_settled()
    {
        using var source = TestRepository.New();
        using var copy = TestRepository.New();
        File.WriteAllBytes(Path.Combine(copy.Path, "replica"), []);
        var snapshot = source.Put("name0", Streams[0]);
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        source.Remove(snapshot);
        source.Store.Move(FileKind.RemovedSnapshot, FileKind.Snapshot, id); // as if it had died before
        using (var target = Target(copy, isKeyless: true))
        {
            using var replication = new Replication(source.Opened(), target, copy.Notices.Enqueue, new TransferProgress(), CancellationToken.None);
            Assert.Equal(0, replication.Run(prune: false).Snapshots);
        }

        Assert.Contains(copy.Notices, notice => notice.Contains("about to be removed", StringComparison.Ordinal));
        source.Prune();
        Replicate(source, copy);
        Assert.Equal(Streams[0], copy.Get(snapshot));
        Assert.Equal([snapshot.Id], source.List().Select(one => one.Id));
    }

    [Fact]
    public void Nobody_takes_a_bundle_away_from_under_a_prune()
    {
        using var copy = TestRepository.New();
        File.WriteAllBytes(Path.Combine(copy.Path, "replica"), []);
        copy.Put("name0", Streams[0]);
        var bundle = copy.Store.List(FileKind.Bundle)[0];
        using var target = Target(copy, isKeyless: true);
        using (copy.Store.Lock(Prune.LockName))
            Assert.Equal(ErrorCode.Busy, Assert.Throws<RepositoryException>(() => target.Remove(ObjectKind.Bundle, bundle)).Code);
        Assert.Contains(bundle, copy.Store.List(FileKind.Bundle));
        target.Remove(ObjectKind.Bundle, bundle);
        Assert.Equal([bundle], copy.Store.List(FileKind.UnusedBundle));
    }

    [Theory]
    [InlineData(CrashLoss.Nothing, true)]
    [InlineData(CrashLoss.BytesAndNames, true)]
    [InlineData(CrashLoss.Nothing, false)]
    [InlineData(CrashLoss.BytesAndNames, false)]
    public void Every_prefix_of_repair_leaves_what_was_sound_and_the_next_one_goes_on(CrashLoss loss, bool hasCopy)
    {
        using var start = TestRepository.New();
        start.Put("name0", Streams[0]);
        var before = start.Files(FileKind.Bundle);
        foreach (var number in Enumerable.Range(1, Streams.Length - 1))
            start.Put($"name{number}", Streams[number]);
        using var copy = start.Copy();
        string[] damaged = [Damage(start.Files(FileKind.Bundle).Except(before)), Damage(start.Files(FileKind.Index), at: 100)];
        var sound = start.List().Where(snapshot => IsWhole(start, snapshot)).Select(snapshot => snapshot.Name).ToList();
        Assert.InRange(sound.Count, 1, Streams.Length - 1);
        var steps = Record(start, repository => Repair(repository, hasCopy ? copy : null));
        Assert.Contains(steps, step => step is { Operation: DiskOperation.Rename } && step.Target.StartsWith("quarantine/", StringComparison.Ordinal));
        Replay(start, steps, loss, (repository, where) =>
        {
            Assert.All(sound, name => Assert.True(IsWhole(repository, repository.List().Single(snapshot => snapshot.Name == name)), $"{where}, at once: {name}"));
            Repair(repository, hasCopy ? copy : null);
            Assert.All(sound, name => Assert.True(IsWhole(repository, repository.List().Single(snapshot => snapshot.Name == name)), $"{where}: {name}"));
            if (hasCopy)
            {
                AssertWhole(repository, where);
                repository.AssertSound(where);
            }
            else
            {
                // What is lost comes back with the streams.
                for (var number = 0; number < Streams.Length; number++)
                    repository.Put($"again{number}", Streams[number]);
                repository.AssertSound(where);
            }

            Assert.All(damaged, name => Assert.True(File.Exists(Path.Combine(repository.Path, "quarantine", name)), $"{where}: {name}"));
        });
    }

    private static void AssertWhole(TestRepository repository, string where) =>
        Assert.All(repository.List(), snapshot => Assert.True(IsWhole(repository, snapshot), $"{where}: {snapshot.Name}"));

    private static bool IsWhole(TestRepository repository, SnapshotInfo snapshot)
    {
        try
        {
            return repository.Get(snapshot).AsSpan().SequenceEqual(Streams[snapshot.Name[^1] - '0']);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            return false;
        }
    }

    // Of bundles: what one snapshot has for itself.
    private static string Damage(IEnumerable<string> files, int at = 3000)
    {
        var path = files.Order(StringComparer.Ordinal).MaxBy(path => new FileInfo(path).Length)!;
        Flips.In(path, at);
        return Path.GetFileName(path);
    }

    private static RepositoryTarget Target(TestRepository repository, bool isKeyless)
    {
        var opened = isKeyless ? new OpenRepository(repository.Store, TestRepository.Config, keys: null) : repository.Opened();
        return new RepositoryTarget(new StoredObjects(opened), repository.Path, repository.Store.OpenSession(), isKeyless, _ => isKeyless
            ? RestedTrash.Empty(repository.Store, TimeSpan.Zero, dryRun: false, CancellationToken.None).FreedBytes
            : repository.Prune().FreedBytes);
    }

    private static void Replicate(TestRepository source, TestRepository copy, bool prune = false, bool isKeyless = true)
    {
        using var target = Target(copy, isKeyless);
        using var replication = new Replication(source.Opened(), target, copy.Notices.Enqueue, new TransferProgress(), CancellationToken.None);
        Assert.Empty(replication.Run(prune).Problems);
    }

    private static void Repair(TestRepository repository, TestRepository? copy)
    {
        CheckReport Check(CheckRequest request)
        {
            using var check = new RepositoryCheck(repository.Opened(), new VerifiedBundles(null, ""), _ => { }, new TransferProgress(), CancellationToken.None);
            return check.Run(request);
        }

        int SendHere(IObjectSource from)
        {
            using var here = Target(repository, isKeyless: false);
            using var replication = new Replication(new OpenRepository(new ObjectStore(from), TestRepository.Config, TestKeys.Full), here, _ => { }, new TransferProgress(), CancellationToken.None);
            return replication.Run(prune: false).Objects;
        }

        using var source = copy is null ? null : Target(copy, isKeyless: true);
        new Repair(repository.Opened(), source is null ? [] : [source], Check, SendHere, repository.Notices.Enqueue, CancellationToken.None).Run(CheckRequest.AllData);
    }

    private static IReadOnlyList<DiskStep> Record(TestRepository start, Action<TestRepository> work)
    {
        var disk = new RecordingDisk();
        using var repository = start.Copy(disk);
        disk.Root = repository.Path;
        work(repository);
        return [.. disk.Steps];
    }

    private static void Replay(TestRepository start, IReadOnlyList<DiskStep> steps, CrashLoss loss, Action<TestRepository, string> look)
    {
        var disk = new CrashedDisk(start.Path);
        var done = 0;
        foreach (var count in Sample.Of(steps.Count + 1))
        {
            for (; done < count; done++)
                disk.Do(steps[done]);
            using var repository = TestRepository.In(disk.Crash(loss));
            look(repository, $"{loss}, after {count} of {steps.Count}: {(count == 0 ? null : steps[count - 1])}");
        }
    }
}
