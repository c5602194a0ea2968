using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>What a prune frees, and what it leaves.</summary>
public sealed class PruneTests : IDisposable
{
    private readonly TestRepository repository = TestRepository.New();

    public void Dispose() => repository.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_nothing_needs_goes_and_the_rest_is_as_it_was(bool isSealed)
    {
        var common = TestBytes.Text(1, 400_000);
        var (streams, snapshots) = Fill(common, 12);
        repository.Remove([.. snapshots.Where((_, number) => number % 3 != 0)]);
        var before = Size();
        var plan = repository.Prune(dryRun: true);
        Assert.Equal((before, 8), (Size(), plan.ExpiredSnapshots));
        var report = repository.Prune(keys: isSealed ? TestKeys.Put : null);
        repository.AssertSound("pruned");
        Assert.Equal(4, repository.List().Count);
        for (var number = 0; number < 12; number += 3)
            Assert.Equal(streams[number], repository.Get(snapshots[number]));
        Assert.True(Size() < before, $"{before} -> {Size()}");
        Assert.Equal((0, report.FreedBytes > 0), (report.WaitingBytes, true));
        if (!isSealed)
        {
            Assert.Equal((plan.UnusedBundles, plan.RewrittenBundles, plan.UnusedBytes, plan.RewrittenBytes), (report.UnusedBundles, report.RewrittenBundles, report.UnusedBytes, report.RewrittenBytes));
            Assert.InRange(report.FreedBytes, plan.FreedBytes * 0.9, plan.FreedBytes * 1.1);
        }

        AssertNothingLeftToDo(isSealed ? TestKeys.Put : null);
    }

    [Fact]
    public void As_much_is_left_as_a_new_repository_would_have()
    {
        var common = TestBytes.Text(1, 3_000_000);
        var (streams, snapshots) = Fill(common, 20);
        repository.Remove([.. snapshots.Where((_, number) => number % 4 != 0)]);
        repository.Prune();
        using var fresh = TestRepository.New();
        for (var number = 0; number < 20; number += 4)
            fresh.Put($"name{number}", streams[number]);
        Assert.InRange(Size(), 1, (long)(Size(fresh) * 1.1));
    }

    [Fact]
    public void A_base_stays_as_long_as_a_delta_on_it()
    {
        var text = TestBytes.Text(1, 300_000);
        var edited = TestBytes.Edited(text, 50_000);
        var first = repository.Put("a", text);
        var second = repository.Put("a", edited);
        Assert.InRange(second.StoredBytes!.Value, 1, first.StoredBytes!.Value / 2); // it has deltas on the first one
        repository.Remove(first);
        repository.Prune();
        Assert.Equal(edited, repository.Get(second));
        repository.AssertSound("the base's snapshot is gone");
    }

    /// <summary>As two puts at the same time: one finds what the other one stores too late, and stores it whole.</summary>
    [Fact]
    public void A_base_stays_where_the_plain_copy_that_would_count_is_damaged()
    {
        var text = TestBytes.Text(1, 300_000);
        var edited = TestBytes.Edited(text, 50_000);
        using var other = repository.Copy();
        var plain = other.Put("plain", edited);
        var first = repository.Put("a", text);
        var second = repository.Put("a", edited);
        Bring(other, FileKind.Bundle);
        Bring(other, FileKind.Snapshot);
        repository.AssertSound("both are there");
        var damaged = Path.Combine(repository.Path, Path.GetRelativePath(other.Path, other.Files(FileKind.Bundle).MaxBy(file => new FileInfo(file).Length)!));
        File.SetUnixFileMode(damaged, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var file = File.OpenWrite(damaged))
        {
            for (var at = 600; at < file.Length / 2; at += 5000)
            {
                file.Position = at;
                file.WriteByte(0x5a);
            }
        }

        repository.Remove(first);
        repository.Prune();
        repository.Prune();
        Assert.Equal(edited, repository.Get(second));
        Assert.Equal(edited, repository.Get(plain));
    }

    /// <summary>Where copies are sent and pruned by turns, a chunk can be there as several deltas, and the base of one be gone.</summary>
    [Fact]
    public void A_delta_whose_base_is_gone_does_not_count()
    {
        var text = TestBytes.Text(1, 300_000);
        var edited = Changed(text, 1);
        using var other = repository.Copy();
        var first = repository.Put("a", text);
        var bases = repository.Files(FileKind.Bundle).MaxBy(file => new FileInfo(file).Length)!;
        var second = repository.Put("b", edited);
        Assert.InRange(second.StoredBytes!.Value, 1, first.StoredBytes!.Value / 2); // it has deltas on the first one
        other.Put("c", Changed(text, 2));
        other.Put("d", edited);
        Bring(other, FileKind.Bundle);
        Bring(other, FileKind.Snapshot);
        File.Delete(bases);
        File.Delete(repository.Files(FileKind.Snapshot).Single(file => Path.GetFileName(file) == first.Id));
        repository.AssertSound("all is there in another way");
        repository.Prune();
        repository.AssertSound("pruned");
        Assert.Equal(edited, repository.Get(second));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_deltas_that_are_written_anew_both_stay_since_the_base_of_one_may_be_damaged(bool isFirst)
    {
        var text = TestBytes.Text(1, 300_000);
        var edited = Changed(text, 1);
        using var other = repository.Copy();
        var snapshots = new List<(TestRepository There, SnapshotInfo Edited, SnapshotInfo Removed, string Bases)>();
        foreach (var (there, seed) in new[] { (repository, 0), (other, 2) })
        {
            there.Put($"bases{seed}", seed == 0 ? text : Changed(text, seed));
            var bases = there.Files(FileKind.Bundle).MaxBy(file => new FileInfo(file).Length)!;
            var removed = there.Put($"more{seed}", TestBytes.Tar(edited, TestBytes.Random(3 + seed, 400_000)));
            snapshots.Add((there, there.Put($"edited{seed}", edited), removed, Path.GetRelativePath(there.Path, bases)));
        }

        Bring(other, FileKind.Bundle);
        Bring(other, FileKind.Snapshot);
        repository.AssertSound("there are two deltas of each chunk");
        var damaged = Path.Combine(repository.Path, snapshots[isFirst ? 0 : 1].Bases);
        var bytes = File.ReadAllBytes(damaged);
        bytes[bytes.Length / 3] ^= 1;
        File.SetUnixFileMode(damaged, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(damaged, bytes);
        Assert.Equal(edited, repository.Get(snapshots[0].Edited));
        repository.Remove([.. snapshots.Select(one => one.Removed)]);
        Assert.True(repository.Prune().RewrittenBundles > 1);
        Assert.Equal(edited, repository.Get(snapshots[0].Edited));
        Assert.Equal(edited, repository.Get(snapshots[1].Edited));
    }

    // Something else at the same places, wherever a chunk may be.
    private static byte[] Changed(byte[] bytes, int seed)
    {
        byte[] changed = [.. bytes];
        for (var at = 1000; at + 60 < bytes.Length; at += 30_000)
            TestBytes.Random(seed, 60).CopyTo(changed, at);
        return changed;
    }

    [Fact]
    public void Deltas_that_were_written_anew_do_not_bring_the_old_ones_back()
    {
        var text = TestBytes.Text(1, 300_000);
        var first = repository.Put("a", text);
        var second = repository.Put("b", TestBytes.Tar(TestBytes.Edited(text, 30_000), TestBytes.Random(2, 400_000)));
        var third = repository.Put("c", TestBytes.Edited(text, 30_000));
        using (repository.Store.OpenSession())
        {
            repository.Remove(second);
            Assert.True(repository.Prune().RewrittenBundles > 0);
            var resting = repository.Store.List(FileKind.UnusedBundle);
            Assert.NotEmpty(resting);
            repository.Notices.Clear();
            Assert.Equal(0, repository.Prune().RewrittenBundles);
            Assert.Empty(repository.Notices);
            Assert.Equal(resting.Order(), repository.Store.List(FileKind.UnusedBundle).Order());
        }

        repository.Prune();
        Assert.Empty(repository.Files(FileKind.UnusedBundle));
        repository.AssertSound("at last");
        Assert.Equal((text.Length, TestBytes.Edited(text, 30_000).Length), (repository.Get(first).Length, repository.Get(third).Length));
    }

    [Fact]
    public void Small_bundles_are_joined_once_there_are_many()
    {
        var streams = Enumerable.Range(0, 17).Select(number => TestBytes.Random(number, 20_000)).ToList();
        var snapshots = streams.Select((stream, number) => repository.Put($"n{number}", stream)).ToList();
        Assert.InRange(repository.Files(FileKind.Bundle).Length, 17, 34);
        repository.Prune();
        Assert.InRange(repository.Files(FileKind.Bundle).Length, 1, 2);
        Assert.All(streams.Zip(snapshots), pair => Assert.Equal(pair.First, repository.Get(pair.Second)));
        repository.AssertSound("joined");
        AssertNothingLeftToDo(null);
    }

    [Fact]
    public void A_sealed_server_joins_frames_of_many_keys_again_and_again()
    {
        var streams = new List<(SnapshotInfo Snapshot, byte[] Stream)>();
        for (var round = 0; round < 3; round++)
        {
            for (var number = 0; number < 17; number++)
            {
                var stream = TestBytes.Random(100 * round + number, 20_000);
                streams.Add((repository.Put($"n{round}-{number}", stream, keys: TestKeys.Put), stream));
            }

            repository.Prune(keys: TestKeys.Put);
            Assert.InRange(repository.Files(FileKind.Bundle).Length, 1, 4);
        }

        Assert.All(streams, pair => Assert.Equal(pair.Stream, repository.Get(pair.Snapshot)));
        repository.AssertSound("joined by frames");
        repository.Prune();
        Assert.All(streams, pair => Assert.Equal(pair.Stream, repository.Get(pair.Snapshot)));
        repository.AssertSound("and then by chunks");
    }

    [Fact]
    public void What_a_session_may_be_reading_waits_for_it()
    {
        var stream = TestBytes.Random(1, 200_000);
        var snapshot = repository.Put("a", stream);
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        using (var reading = new GetSession(repository.Store, TestKeys.Full, Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: true)!, _ => { }))
        {
            repository.Remove(snapshot);
            var report = repository.Prune();
            Assert.Equal(0, report.FreedBytes);
            Assert.InRange(report.WaitingBytes, 200_000, 400_000);
            Assert.Empty(repository.Files(FileKind.Bundle));
            using var target = new MemoryStream();
            reading.Run(target, null, new TransferProgress(), CancellationToken.None);
            Assert.Equal(stream, target.ToArray());
            repository.Put("b", [1]); // one that came later is not waited for
        }

        using var later = repository.Store.OpenSession();
        Assert.InRange(repository.Prune().FreedBytes, 200_000, 400_000);
        Assert.Empty(repository.Files(FileKind.UnusedBundle));
    }

    [Fact]
    public void A_put_that_found_something_before_it_was_unused_brings_it_back()
    {
        var stream = TestBytes.Random(1, 200_000);
        var first = repository.Put("a", stream);
        var request = new PutRequest { Name = SnapshotName.Parse("b"), Raw = true };
        using var putting = new PutSession(repository.Opened(), request, new TransferProgress(), _ => { });
        repository.Remove(first);
        Assert.True(repository.Prune().WaitingBytes > 200_000);
        var second = putting.Run(new ByteSource(stream, null), CancellationToken.None);
        Assert.Equal(0, second.NewChunks);
        Assert.Empty(repository.Files(FileKind.UnusedBundle));
        Assert.Equal(stream, repository.Get(second));
        repository.AssertSound("brought back");
        Assert.Equal(0, repository.Prune().UnusedBundles);
        Assert.Equal(stream, repository.Get(second));
    }

    /// <summary>As whoever sends to a copy without a key, and is killed before it confirms.</summary>
    [Fact]
    public void What_a_manifest_needs_whose_session_ended_without_moving_it_back_is_not_deleted()
    {
        var common = TestBytes.Random(1, 300_000);
        var first = repository.Put("first", common, raw: true);
        using var source = repository.Copy();
        var second = source.Put("second", [.. common, .. TestBytes.Random(2, 50_000)], raw: true);
        var sender = repository.Store.OpenSession();
        repository.Remove(first);
        using var pruning = repository.On(new RenamingDisk("/trash/bundles/", () =>
        {
            Bring(source, FileKind.Bundle);
            Bring(source, FileKind.Snapshot, second.Id);
            sender.Dispose();
        }));
        pruning.Prune();
        repository.AssertSound("after the prune");
        Assert.Equal([.. common, .. TestBytes.Random(2, 50_000)], repository.Get(second));
        repository.Prune();
        repository.AssertSound("after the next one");
    }

    /// <summary>The same with one that this prune has just given up, and that was taken back where it came from.</summary>
    [Fact]
    public void What_a_manifest_needs_that_comes_back_after_it_was_given_up_is_not_deleted()
    {
        var stream = TestBytes.Random(1, 300_000);
        var snapshot = repository.Put("first", stream, raw: true);
        using var source = repository.Copy();
        var sender = repository.Store.OpenSession();
        repository.Remove(snapshot);
        using var pruning = repository.On(new RenamingDisk("/trash/bundles/", () =>
        {
            Bring(source, FileKind.Snapshot, snapshot.Id);
            sender.Dispose();
        }));
        pruning.Prune();
        Assert.Equal([snapshot.Id], repository.List().Select(one => one.Id));
        repository.AssertSound("after the prune");
        Assert.Equal(stream, repository.Get(snapshot));
    }

    // What is there already, or rests in the trash, as the copy had it when the sender looked, does not come again.
    private void Bring(TestRepository source, FileKind kind, string? only = null)
    {
        foreach (var file in source.Files(kind).Where(file => only is null || Path.GetFileName(file) == only))
        {
            var target = Path.Combine(repository.Path, Path.GetRelativePath(source.Path, file));
            if (File.Exists(target) || File.Exists(Path.Combine(repository.Path, "trash/bundles", Path.GetFileName(file))))
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    [Fact]
    public void A_session_that_is_kept_is_waited_for_until_its_time_has_come()
    {
        var snapshot = repository.Put("a", TestBytes.Random(1, 200_000));
        var session = repository.Store.OpenSession(new string('a', 32));
        session.Keep(DateTime.UtcNow.AddHours(1));
        session.Dispose(); // as if its process had died
        repository.Remove(snapshot);
        Assert.True(repository.Prune().WaitingBytes > 200_000);
        Assert.Equal(0, repository.Prune().FreedBytes);
        using (var again = repository.Store.OpenSession(new string('a', 32)))
            again.Keep(DateTime.UtcNow.AddSeconds(-1));
        Assert.True(repository.Prune().FreedBytes > 200_000);
        Assert.Empty(repository.Leftovers());
    }

    [Fact]
    public void Of_two_copies_the_one_in_a_damaged_bundle_is_not_the_one_that_stays()
    {
        var stream = TestBytes.Random(1, 150_000);
        repository.Put("a", stream);
        var bundle = repository.Files(FileKind.Bundle).MaxBy(path => new FileInfo(path).Length)!;
        using (var elsewhere = TestRepository.New())
        {
            // A copy that was made elsewhere, of the same chunks.
            elsewhere.Put("b", [.. TestBytes.Random(2, 50_000), .. stream]);
            foreach (var file in elsewhere.Files(FileKind.Bundle).Concat(elsewhere.Files(FileKind.Snapshot)))
            {
                var target = Path.Combine(repository.Path, Path.GetRelativePath(elsewhere.Path, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }

        var bytes = File.ReadAllBytes(bundle);
        bytes[bytes.Length / 3] ^= 1;
        File.SetUnixFileMode(bundle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(bundle, bytes);
        repository.Prune();
        repository.Prune();
        File.Delete(bundle);
        var sound = repository.List().Single(snapshot => snapshot.Name == "b");
        Assert.Equal(stream, repository.Get(sound)[50_000..]);
    }

    [Fact]
    public void Nothing_is_freed_where_something_is_missing()
    {
        repository.Put("a", TestBytes.Random(1, 100_000));
        var needed = repository.Files(FileKind.Bundle);
        repository.Remove(repository.Put("b", TestBytes.Random(2, 100_000)));
        foreach (var bundle in needed)
        {
            File.Move(bundle, bundle + ".away");
            var before = Size();
            Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => repository.Prune(TimeSpan.FromDays(1))).Code);
            Assert.InRange(Size(), before, before + 10_000); // the index is written anew
            File.Move(bundle + ".away", bundle);
        }

        Assert.True(repository.Prune().FreedBytes > 100_000);
    }

    [Fact]
    public void A_clock_that_is_behind_frees_nothing()
    {
        using var session = repository.Store.OpenSession();
        var one = repository.Put("a", [1]);
        PartFiles.Removal.Add(repository.Store, TestKeys.Full, session, new RemovalPart { Snapshot = one.Id, Name = "a", Time = FormatTime.Trim(DateTime.UtcNow.AddHours(1)), IsUndelete = true, By = "test" });
        Assert.Contains("clock", Assert.Throws<RepositoryException>(() => repository.Prune()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_knows_that_the_clock_was_ahead_prunes_and_what_was_removed_then_rests_from_when_it_came_to_the_trash()
    {
        var one = repository.Put("a", TestBytes.Random(1, 200_000));
        Assert.True(ObjectId.TryParse(one.Id, out var id));
        using (var session = repository.Store.OpenSession())
            PartFiles.Removal.Add(repository.Store, TestKeys.Full, session, new RemovalPart { Snapshot = one.Id, Name = "a", Time = FormatTime.Trim(DateTime.UtcNow.AddYears(10)), IsUndelete = false, By = "test" });
        repository.Store.Move(FileKind.Snapshot, FileKind.RemovedSnapshot, id);
        Assert.Contains("--clock-was-ahead", Assert.Throws<RepositoryException>(() => repository.Prune()).Message, StringComparison.Ordinal);
        Assert.Equal(0, repository.Prune(TimeSpan.FromDays(1), clockWasAhead: true).ExpiredSnapshots);
        Assert.Equal(1, repository.Prune(clockWasAhead: true).ExpiredSnapshots);
        Assert.Empty(repository.Files(FileKind.Bundle));
    }

    [Fact]
    public void Only_one_prunes_at_a_time()
    {
        // Who only asks what it would do gets an answer all the same.
        using var held = repository.Store.Lock("prune");
        Assert.Equal(ErrorCode.Busy, Assert.Throws<RepositoryException>(() => repository.Prune()).Code);
        Assert.Equal(0, repository.Prune(dryRun: true).ExpiredSnapshots);
    }

    [Fact]
    public async Task Puts_gets_and_removals_go_on_meanwhile()
    {
        var common = TestBytes.Text(1, 200_000);
        using var ended = new CancellationTokenSource();
        var putting = Enumerable.Range(0, 3).Select(putter => Task.Run(() =>
        {
            var alive = new List<(SnapshotInfo Snapshot, byte[] Stream)>();
            for (var number = 0; number < 25; number++)
            {
                byte[] stream = [.. common.AsSpan(1000 * number), .. TestBytes.Random(1000 * putter + number, 30_000)];
                alive.Add((repository.Put($"name{putter}", stream), stream));
                if (number % 3 == 0 && alive.Count > 1)
                {
                    repository.Remove(alive[0].Snapshot);
                    alive.RemoveAt(0);
                }

                Assert.Equal(alive[number % alive.Count].Stream, repository.Get(alive[number % alive.Count].Snapshot));
            }

            return alive;
        })).ToList();
        var pruning = Task.Run(() =>
        {
            var prunes = 0;
            for (; !ended.IsCancellationRequested || prunes == 0; prunes++)
                repository.Prune();
            return prunes;
        });
        var left = (await Task.WhenAll(putting)).SelectMany(alive => alive).ToList();
        await ended.CancelAsync();
        Assert.True(await pruning > 2);
        repository.Prune();
        repository.Prune(); // what is little beside the rest may be much once that is written anew
        repository.AssertSound("after all");
        Assert.Equal(left.Count, repository.List().Count);
        Assert.All(left, pair => Assert.Equal(pair.Stream, repository.Get(pair.Snapshot)));
        Assert.Empty(repository.Files(FileKind.UnusedBundle));
        AssertNothingLeftToDo(null);
    }

    private (List<byte[]> Streams, List<SnapshotInfo> Snapshots) Fill(byte[] common, int count)
    {
        var streams = Enumerable.Range(0, count).Select(number => TestBytes.Tar(common, TestBytes.Random(number, 60_000), TestBytes.Edited(common[..50_000], 1000 + number))).ToList();
        return (streams, [.. streams.Select((stream, number) => repository.Put($"name{number}", stream))]);
    }

    // A prune that finds nothing to do changes nothing.
    private void AssertNothingLeftToDo(RepositoryKeys? keys)
    {
        var before = repository.Files(FileKind.Bundle);
        var report = repository.Prune(keys: keys);
        Assert.Equal((0, 0, 0L), (report.UnusedBundles, report.RewrittenBundles, report.FreedBytes));
        Assert.Equal(before.Order(), repository.Files(FileKind.Bundle).Order());
    }

    private long Size(TestRepository? of = null) =>
        Directory.EnumerateFiles((of ?? repository).Path, "*", SearchOption.AllDirectories).Where(path => !path.Contains("/locks/", StringComparison.Ordinal)).Sum(path => new FileInfo(path).Length);
}
