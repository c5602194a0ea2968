using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Faults;

/// <summary>Which file of what was removed is damaged.</summary>
public enum RemovedVictim
{
    Record,
    Manifest,

    /// <summary>A bundle that nothing needs, and that a session may still read.</summary>
    RestingBundle,
}

/// <summary>Damage of every kind to what was removed: what is left is as it was, and nothing is given up that somebody may want back.</summary>
public sealed class TrashDamageTests
{
    private const string Ok = "ok";

    private static readonly byte[] Kept = TestBytes.Random(1, 150_000);
    private static readonly byte[] Gone = TestBytes.Random(2, 150_000);

    private static readonly TestRepository Whole = Prepare();

    private static readonly byte[] Key = KeyFile.Write(TestKeys.Full, TestRepository.Config.Write(), passphrase: null);

    // A removed snapshot whose manifest is gone is one whose time had come: nobody can tell.
    [Theory]
    [InlineData(RemovedVictim.Record, Damage.Delete, "nothing", "not-found", Ok, "snapshot")]
    [InlineData(RemovedVictim.Record, Damage.Truncate, "corrupt", "corrupt", "corrupt", "removal record")]
    [InlineData(RemovedVictim.Record, Damage.Flip, "corrupt", "corrupt", "corrupt", "removal record")]
    [InlineData(RemovedVictim.Manifest, Damage.Delete, Ok, "not-found", Ok, "")]
    [InlineData(RemovedVictim.Manifest, Damage.Truncate, "corrupt", "corrupt", "corrupt", "snapshot")]
    [InlineData(RemovedVictim.Manifest, Damage.Flip, "corrupt", "corrupt", "corrupt", "snapshot")]
    [InlineData(RemovedVictim.RestingBundle, Damage.Delete, Ok, Ok, Ok, "")]
    [InlineData(RemovedVictim.RestingBundle, Damage.Truncate, Ok, Ok, Ok, "")]
    [InlineData(RemovedVictim.RestingBundle, Damage.Flip, Ok, Ok, Ok, "")]
    public void Damage_to_what_was_removed_has_its_verdict(RemovedVictim victim, Damage damage, string removed, string undelete, string prune, string check)
    {
        using var repository = Whole.Copy(new Disk());
        var path = PathOf(repository, victim);
        DamageTests.Do(damage, path);
        Assert.Equal(Ok, Verdict(repository, service => service.List(error => throw error).Single().Name == "kept"));
        Assert.Equal(Ok, Verdict(repository, service => Get(service, "kept").AsSpan().SequenceEqual(Kept)));
        Assert.Equal(removed, Verdict(repository, service => service.Removed(error => throw error).Any(one => one.Name == "gone")));
        using (var service = Open(repository))
            Assert.Equal(check, string.Join(' ', service.Check(CheckRequest.AllData, new TransferProgress(), CancellationToken.None).Problems.Select(problem => problem.What[..problem.What.LastIndexOf(' ')])));
        Assert.Equal(prune, Verdict(repository, service => service.Prune(dryRun: false, new TransferProgress(), CancellationToken.None).ExpiredSnapshots == 0));
        Assert.Equal(undelete, Verdict(repository, service => Undelete(service) && Get(service, "gone").AsSpan().SequenceEqual(Gone)));
        Assert.Equal(Ok, Verdict(repository, service => Get(service, "kept").AsSpan().SequenceEqual(Kept)));
    }

    [Fact]
    public void A_repair_takes_back_what_no_record_says_was_removed()
    {
        using var repository = Whole.Copy(new Disk());
        File.Delete(PathOf(repository, RemovedVictim.Record));
        using var service = Open(repository);
        var report = service.Repair(CheckRequest.AllData, [], new(stateFolder: null, ""), new TransferProgress(), CancellationToken.None);
        Assert.Empty(report.Problems);
        Assert.Equal(Gone, Get(service, "gone"));
    }

    [Theory]
    [InlineData(Damage.Truncate)]
    [InlineData(Damage.Flip)]
    public void After_a_repair_a_removed_snapshot_that_cannot_be_read_hinders_nobody(Damage damage)
    {
        using var repository = Whole.Copy(new Disk());
        var path = PathOf(repository, RemovedVictim.Manifest);
        DamageTests.Do(damage, path);
        using var service = Open(repository);
        Assert.Contains(service.Repair(CheckRequest.AllData, [], new(stateFolder: null, ""), new TransferProgress(), CancellationToken.None).Problems, problem => problem.What.EndsWith(Path.GetFileName(path), StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(repository.Path, "quarantine", Path.GetFileName(path))));
        service.Prune(dryRun: false, new TransferProgress(), CancellationToken.None);
        Assert.Empty(service.Check(CheckRequest.AllData, new TransferProgress(), CancellationToken.None).Problems);
        Assert.Equal(Kept, Get(service, "kept"));
    }

    private static bool Undelete(EmbeddedRepository service)
    {
        var damaged = new List<RepositoryException>();
        var gone = service.Removed(damaged.Add).FirstOrDefault(one => one.Name == "gone") ?? throw (damaged.Count > 0 ? damaged[0] : new RepositoryException(ErrorCode.NotFound, "nobody removed it"));
        service.Undelete(gone);
        return true;
    }

    private static byte[] Get(EmbeddedRepository service, string name)
    {
        using var target = new MemoryStream();
        service.Get(service.Find(SnapshotSelector.Parse(name)), target, null, new TransferProgress(), CancellationToken.None);
        return target.ToArray();
    }

    private static EmbeddedRepository Open(TestRepository repository) => EmbeddedRepository.Open(repository.Path, new KeyMaterial(Key, "key", () => null), _ => { });

    private static string Verdict(TestRepository repository, Func<EmbeddedRepository, bool> operation)
    {
        try
        {
            using var service = Open(repository);
            return operation(service) ? Ok : "nothing";
        }
        catch (RepositoryException error)
        {
            return error.Code.Name();
        }
    }

    private static TestRepository Prepare()
    {
        var repository = TestRepository.New();
        var junk = repository.Put("junk", TestBytes.Random(3, 150_000), raw: true);
        using (repository.Store.OpenSession())
        {
            repository.Remove(junk);
            repository.Prune();
        }

        Assert.NotEmpty(repository.Files(FileKind.UnusedBundle));
        foreach (var record in repository.Files(FileKind.Removal))
            File.Delete(record);
        repository.Put("kept", Kept, raw: true);
        repository.Remove(repository.Put("gone", Gone, raw: true));
        return repository;
    }

    private static string PathOf(TestRepository repository, RemovedVictim victim) => repository.Files(victim switch
    {
        RemovedVictim.Record => FileKind.Removal,
        RemovedVictim.Manifest => FileKind.RemovedSnapshot,
        _ => FileKind.UnusedBundle,
    })[0];
}
