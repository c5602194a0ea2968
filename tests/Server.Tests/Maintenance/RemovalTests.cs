using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>Snapshots that are removed, taken back, held, and given up.</summary>
public sealed class RemovalTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromDays(14);

    private readonly TestRepository repository = TestRepository.New();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void A_removed_snapshot_is_listed_nowhere_and_comes_back_whole()
    {
        var stream = TestBytes.Random(1, 200_000);
        var (one, two) = (repository.Put("a", stream), repository.Put("a", TestBytes.Random(2, 1000)));
        repository.Remove(one);
        Assert.Equal([two.Id], repository.List().Select(snapshot => snapshot.Id));
        var removed = Assert.Single(Removals.List(Long, error => throw error));
        Assert.Equal((one.Id, "a", "test", one.Length), (removed.Id, removed.Name, removed.By, removed.Snapshot!.Length));
        Assert.InRange(removed.Until!.Value - removed.Removed, Long, Long + TimeSpan.FromMinutes(1));
        repository.Prune(Long);
        repository.AssertSound("removed");
        Removals.Undelete(removed, "test");
        Assert.Equal([one.Id, two.Id], repository.List().Select(snapshot => snapshot.Id));
        Assert.Equal(stream, repository.Get(one));
        Assert.Empty(Removals.List(Long, error => throw error));
        repository.AssertSound("taken back");
    }

    [Fact]
    public void What_was_given_up_cannot_be_taken_back_and_is_still_known_to_have_been_removed()
    {
        var one = repository.Put("a", [1]);
        repository.Put("a", [2]);
        repository.Remove(one);
        var removed = Removals.List(Long, error => throw error).Single();
        Assert.Equal(1, repository.Prune().ExpiredSnapshots);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<RepositoryException>(() => Removals.Undelete(removed, "test")).Code);
        Assert.Equal((one.Id, null, null), Removals.List(Long, error => throw error).Select(left => (left.Id, left.Until, left.Snapshot)).Single());
        repository.AssertSound("given up"); // the second one was put after it: that is no gap
    }

    [Fact]
    public void What_was_removed_by_a_clock_that_was_behind_rests_from_when_that_is_seen()
    {
        var store = new MemoryStore(); // has no times of its own
        var opened = new OpenRepository(store, TestRepository.Config, TestKeys.Full);
        using (var put = new PutSession(opened, new PutRequest { Name = SnapshotName.Parse("a") }, new TransferProgress(), _ => { }))
            put.Run(new ByteSource([1, 2, 3]), CancellationToken.None);
        var id = store.List(FileKind.Snapshot).Single();
        PartFiles.Removal.Add(store, TestKeys.Full, store.Session, new RemovalPart { Snapshot = $"{id}", Name = "a", Time = new DateTime(1970, 1, 2, 0, 0, 0, DateTimeKind.Utc), IsUndelete = false, By = "test" });
        store.Move(FileKind.Snapshot, FileKind.RemovedSnapshot, id);
        var (removals, now) = (new Removals(opened), FormatTime.Now());
        Assert.Empty(removals.Settle(now, Long, dryRun: true));
        Assert.Single(store.List(FileKind.Removal));
        Assert.Empty(removals.Settle(now, Long, dryRun: false));
        Assert.Equal(2, store.List(FileKind.Removal).Count);
        Assert.Empty(removals.Settle(now + Long - TimeSpan.FromHours(1), Long, dryRun: false));
        Assert.Equal([id], removals.Settle(now + Long + TimeSpan.FromHours(1), Long, dryRun: false));
    }

    [Fact]
    public void Where_the_disk_has_the_time_of_a_clock_that_was_ahead_too_it_rests_from_now_on()
    {
        var store = new MemoryStore { Times = [] };
        var opened = new OpenRepository(store, TestRepository.Config, TestKeys.Full);
        using (var put = new PutSession(opened, new PutRequest { Name = SnapshotName.Parse("a") }, new TransferProgress(), _ => { }))
            put.Run(new ByteSource([1, 2, 3]), CancellationToken.None);
        var (id, now) = (store.List(FileKind.Snapshot).Single(), FormatTime.Now());
        PartFiles.Removal.Add(store, TestKeys.Full, store.Session, new RemovalPart { Snapshot = $"{id}", Name = "a", Time = now.AddYears(10), IsUndelete = false, By = "test" });
        store.Move(FileKind.Snapshot, FileKind.RemovedSnapshot, id);
        store.Times[(FileKind.RemovedSnapshot, id)] = now.AddYears(10);
        var removals = new Removals(opened);
        Assert.Empty(removals.Settle(now + Long, Long, dryRun: false));
        Assert.Empty(removals.Settle(now, Long, dryRun: false, wasAhead: true));
        Assert.Equal([id], store.List(FileKind.RemovedSnapshot));
        Assert.Empty(removals.Settle(now + Long - TimeSpan.FromHours(1), Long, dryRun: false, wasAhead: true));
        Assert.Equal([id], removals.Settle(now + Long + TimeSpan.FromHours(1), Long, dryRun: false, wasAhead: true));
    }

    [Fact]
    public void What_a_snapshot_needs_and_came_to_the_trash_is_read_there()
    {
        var stream = TestBytes.Random(1, 200_000);
        var one = repository.Put("a", stream);
        foreach (var bundle in repository.Store.List(FileKind.Bundle))
            repository.Store.Move(FileKind.Bundle, FileKind.UnusedBundle, bundle);
        Assert.Equal(stream, repository.Get(one));
        Assert.NotEmpty(repository.Problems());
        repository.Prune();
        repository.AssertSound("a prune brings it back");
    }

    [Fact]
    public void Its_labels_go_with_it()
    {
        var one = repository.Put("a", [1]);
        Removals.Hold(one, held: true);
        Removals.Hold(one, held: false);
        Assert.Equal(2, repository.Files(FileKind.Label).Length);
        repository.Remove(one);
        repository.Prune();
        Assert.Empty(repository.Files(FileKind.Label));
        Assert.Single(repository.Files(FileKind.Removal));
    }

    [Fact]
    public void What_is_held_is_not_removed_nor_is_anything_beside_it()
    {
        var (one, two) = (repository.Put("a", [1]), repository.Put("b", [2]));
        Removals.Hold(two, held: true);
        Assert.Equal([false, true], repository.List().Select(snapshot => snapshot.Held));
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => repository.Remove(one, two)).Code);
        Assert.Equal(2, repository.List().Count);
        Removals.Hold(two, held: false);
        repository.Remove(one, two);
        Assert.Empty(repository.List());
    }

    [Fact]
    public void The_last_word_counts_whatever_the_clock_says()
    {
        var one = repository.Put("a", [1]);
        AddRecord(one, DateTime.UtcNow.AddSeconds(30), isUndelete: true); // by a machine whose clock is ahead
        repository.Remove(one);
        Assert.Equal(one.Id, Removals.List(Long, error => throw error).Single().Id);
        repository.Prune(Long);
        Assert.Empty(repository.List());
    }

    [Fact]
    public void What_a_crash_left_undone_is_done_by_the_next_prune()
    {
        var (one, two) = (repository.Put("a", [1]), repository.Put("b", [2]));
        AddRecord(one, DateTime.UtcNow, isUndelete: false); // and it died before the move
        repository.Remove(two);
        AddRecord(two, DateTime.UtcNow.AddSeconds(1), isUndelete: true);
        Assert.Equal(["a"], repository.List().Select(snapshot => snapshot.Name));
        repository.Prune(Long);
        Assert.Equal(["a", "b"], repository.List().Select(snapshot => snapshot.Name)); // nobody was told that it is gone
        Assert.Equal(0, repository.Prune(TimeSpan.Zero).ExpiredSnapshots);
        repository.AssertSound("settled");
    }

    private Removals Removals => new(repository.Opened());

    private void AddRecord(SnapshotInfo snapshot, DateTime time, bool isUndelete)
    {
        using var session = repository.Store.OpenSession();
        PartFiles.Removal.Add(repository.Store, TestKeys.Full, session, new RemovalPart { Snapshot = snapshot.Id, Name = snapshot.Name, Time = FormatTime.Trim(time), IsUndelete = isUndelete, By = "test" });
    }
}
