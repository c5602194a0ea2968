using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Bundles;

namespace StreamBack.Server.Tests.Maintenance;

public class RepositoryCheckTests
{
    private readonly MemoryStore store = new();

    [Fact]
    public void Config_that_is_sound_but_not_the_repositorys_is_damage()
    {
        store.CreateConfig((TestRepository.Config with { Compression = 9 }).Write(), () => { });
        Assert.Equal("config", Assert.Single(Problems()).What);
    }

    /// <summary>Each bundle's head says the domain of its chunk ids; the config says only that of new ones.</summary>
    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(2, 2, true)]
    [InlineData(1, 2, false)]
    [InlineData(2, 1, false)]
    public void Chunks_are_compared_with_ids_of_their_bundles_domain(uint ofIds, uint ofBundle, bool isSound)
    {
        store.CreateConfig(TestRepository.Config.Write(), () => { });
        foreach (var chunkClass in new[] { ChunkClass.Content, ChunkClass.Structure })
        {
            using var hasher = new ChunkHasher(TestKeys.Full.ChunkIdSecret(chunkClass, ofIds));
            var chunk = TestBytes.Random(1, 1000);
            var bundle = BundleFixture.Store(store, chunkClass, ofBundle, [(hasher.Hash(chunk), chunk)]).Id;
            string[] expected = isSound ? [] : [$"bundle {bundle}"];
            Assert.Equal(expected, Problems().Select(problem => problem.What));
            store.Delete(FileKind.Bundle, bundle);
        }
    }

    [Fact]
    public void What_others_put_remove_and_prune_meanwhile_is_no_damage()
    {
        using var repository = TestRepository.New();
        var common = TestBytes.Random(1, 300_000);
        var snapshots = Enumerable.Range(0, 4).Select(number => repository.Put($"n{number}", [.. common[(number * 60_000)..], .. TestBytes.Random(10 + number, 90_000)])).ToList();
        var notices = new List<string>();
        using var check = new RepositoryCheck(repository.Opened(), new VerifiedBundles(null, ""), notices.Add, new TransferProgress(), CancellationToken.None);
        repository.Remove(snapshots[0], snapshots[2]);
        repository.Put("later", TestBytes.Random(20, 300_000));
        var report = repository.Prune();
        Assert.True(report.UnusedBundles + report.RewrittenBundles > 0);
        Assert.Empty(check.Run(CheckRequest.AllData).Problems);
        Assert.Empty(notices);
    }

    /// <summary>A prune leaves it in a bundle that has enough of use.</summary>
    [Fact]
    public void A_delta_without_a_base_is_damage_only_to_who_needs_it()
    {
        using var repository = TestRepository.New();
        var text = TestBytes.Text(1, 300_000);
        var first = repository.Put("a", text);
        var bases = repository.Store.List(FileKind.Bundle);
        var second = repository.Put("a", TestBytes.Edited(text, 50_000));
        Assert.InRange(second.StoredBytes!.Value, 1, first.StoredBytes!.Value / 2); // it has deltas on the first one
        foreach (var bundle in bases)
            repository.Store.Delete(FileKind.Bundle, bundle);
        Assert.Contains($"a@{second.Id}", repository.Problems().SelectMany(problem => problem.Snapshots));
        foreach (var snapshot in repository.Store.List(FileKind.Snapshot))
            repository.Store.Delete(FileKind.Snapshot, snapshot);
        Assert.Empty(repository.Problems());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_is_gone_is_missed_unless_somebody_removed_it(bool takenBack)
    {
        using var repository = TestRepository.New();
        var first = repository.Put("a", [1]);
        repository.Put("a", [2]);
        repository.Remove(first);
        if (takenBack)
        {
            new Removals(repository.Opened()).Undelete(new RemovedSnapshot(first.Id, "a", default, "test", null, first), "test");
            File.Delete(repository.Files(FileKind.Snapshot).Single(path => path.EndsWith(first.Id, StringComparison.Ordinal)));
        }
        else
        {
            repository.Prune();
        }

        Assert.Equal(takenBack ? [$"snapshot {first.Id}"] : [], repository.Problems().Select(problem => problem.What));
    }

    private IReadOnlyList<CheckProblem> Problems()
    {
        using var check = new RepositoryCheck(new OpenRepository(store, TestRepository.Config, TestKeys.Full), new VerifiedBundles(null, ""), _ => { }, new TransferProgress(), CancellationToken.None);
        return check.Run(CheckRequest.AllData).Problems;
    }
}
