using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>What removing would free, compared with what it does free.</summary>
public sealed class RemovalGainTests : IDisposable
{
    private readonly TestRepository repository = TestRepository.New();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Each_snapshot_alone_frees_what_it_alone_keeps_and_a_name_also_what_only_its_snapshots_share()
    {
        var (ofAll, ofName) = (TestBytes.Random(1, 1_000_000), TestBytes.Random(2, 500_000));
        repository.Put("a", [.. ofAll, .. ofName, .. TestBytes.Random(3, 200_000)]);
        repository.Put("a", [.. ofAll, .. ofName, .. TestBytes.Random(4, 300_000)]);
        repository.Put("b", [.. ofAll, .. TestBytes.Random(5, 100_000)]);
        var gains = Gains();
        Assert.Equal(["a", "b"], gains.Names.Select(name => name.Name));
        AssertNear(200_000, gains.Names[0].Snapshots[0].Bytes);
        AssertNear(300_000, gains.Names[0].Snapshots[1].Bytes);
        AssertNear(1_000_000, gains.Names[0].Bytes);
        AssertNear(100_000, gains.Names[1].Bytes);
        Assert.Equal((0, 0), (gains.RemovedBytes, gains.UnusedBytes));
    }

    [Fact]
    public void It_is_what_a_prune_then_frees()
    {
        var common = TestBytes.Random(1, 800_000);
        var snapshots = Enumerable.Range(0, 6).Select(number => repository.Put($"name{number}", [.. common, .. TestBytes.Random(10 + number, 700_000)])).ToList();
        var told = Gains().Names[2].Bytes;
        repository.Remove(snapshots[2]);
        AssertNear(told, Gains().RemovedBytes);
        Assert.Equal(1, Gains().RemovedSnapshots);
        AssertNear(told, repository.Prune().FreedBytes);
        Assert.Equal(0, Gains().RemovedSnapshots);
    }

    [Fact]
    public void What_an_interrupted_put_left_is_of_no_use_to_anybody()
    {
        repository.Put("a", TestBytes.Random(1, 400_000));
        var gone = repository.Put("b", TestBytes.Random(2, 900_000));
        Assert.True(ObjectId.TryParse(gone.Id, out var id));
        repository.Store.Delete(FileKind.Snapshot, id);
        AssertNear(900_000, Gains().UnusedBytes);
    }

    [Fact]
    public void A_base_is_kept_by_who_keeps_the_delta()
    {
        var text = TestBytes.Text(1, 300_000);
        var first = repository.Put("a", text);
        repository.Put("b", TestBytes.Edited(text, 50_000));
        var alone = Gains().Names[0].Bytes;
        repository.Remove(first);
        repository.Prune();
        AssertNear(0, Gains().UnusedBytes);
        Assert.True(alone < 100_000, $"{alone}");
    }

    [Fact]
    public void Where_a_recipe_is_damaged_sizes_are_told_and_gains_are_not()
    {
        repository.Put("a", TestBytes.Random(1, 4_000_000));
        foreach (var path in repository.Files(FileKind.Bundle))
            Damage(path);
        var stats = StoredSizes.Add(repository.Opened(), repository.Notices.Enqueue);
        Assert.Equal((1, null), (stats.Snapshots, stats.Removing));
        Assert.NotEmpty(repository.Notices);
    }

    private static void Damage(string path)
    {
        var bytes = File.ReadAllBytes(path);
        for (var at = 200; at < bytes.Length - 4096; at += 64)
            bytes[at] ^= 1;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(path, bytes);
    }

    private RemovalGains Gains() => StoredSizes.Add(repository.Opened(), repository.Notices.Enqueue).Removing!;

    // Recipes, compression's frame and padding besides.
    private static void AssertNear(long expected, long actual) => Assert.InRange(actual, (0.9 * expected) - 20_000, (1.1 * expected) + 40_000);
}
