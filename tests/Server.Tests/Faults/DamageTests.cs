using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Snapshots;

namespace StreamBack.Server.Tests.Faults;

/// <summary>What is done to a file.</summary>
public enum Damage
{
    Delete,
    Truncate,

    /// <summary>A byte in the middle.</summary>
    Flip,
}

/// <summary>Which file it is done to.</summary>
public enum Victim
{
    Config,
    StoredKey,
    ContentBundle,
    StructureBundle,
    IndexFile,
    Manifest,
    Label,
}

/// <summary>Damage of every kind to every kind of file, and what list, get, put and check make of it.</summary>
public class DamageTests
{
    private const string Ok = "ok";
    private const string Passphrase = "correct horse";

    // Long enough for a recipe with a level below its root, and so for a structure bundle.
    private static readonly byte[] Stream = TestBytes.Text(1, 2_000_000);

    private static readonly TestRepository Whole = Prepare();

    private static readonly byte[] KeyOutside = KeyFile.Write(TestKeys.Full, TestRepository.Config.Write(), passphrase: null);

    // A put neither reads nor verifies the frames that it re-uses: checking them is what a check is for. So a flip in a frame does not
    // hinder it; of a bundle whose footer is gone, or that is gone as a whole, it stores anew what it needs.
    [Theory]
    [InlineData(Victim.Config, Damage.Delete, Ok, Ok, Ok, "config is missing")]
    [InlineData(Victim.Config, Damage.Truncate, Ok, Ok, Ok, "config")]
    [InlineData(Victim.Config, Damage.Flip, Ok, Ok, Ok, "config")]
    [InlineData(Victim.StoredKey, Damage.Delete, "denied", "denied", "denied", "")]
    [InlineData(Victim.StoredKey, Damage.Truncate, "denied", "denied", "denied", "")]
    [InlineData(Victim.StoredKey, Damage.Flip, "denied", "denied", "denied", "")]
    [InlineData(Victim.ContentBundle, Damage.Delete, Ok, "corrupt", Ok, "")]
    [InlineData(Victim.ContentBundle, Damage.Truncate, Ok, "corrupt", Ok, "storing anew")]
    [InlineData(Victim.ContentBundle, Damage.Flip, Ok, "corrupt", Ok, "")]
    [InlineData(Victim.StructureBundle, Damage.Delete, Ok, "corrupt", Ok, "")]
    [InlineData(Victim.StructureBundle, Damage.Truncate, Ok, "corrupt", Ok, "storing anew")]
    [InlineData(Victim.StructureBundle, Damage.Flip, Ok, "corrupt", Ok, "")]
    [InlineData(Victim.IndexFile, Damage.Delete, Ok, Ok, Ok, "index is missing")]
    [InlineData(Victim.IndexFile, Damage.Truncate, Ok, Ok, Ok, "reading the bundles instead")]
    [InlineData(Victim.IndexFile, Damage.Flip, Ok, Ok, Ok, "reading the bundles instead")]
    [InlineData(Victim.Manifest, Damage.Delete, "nothing", "not-found", Ok, "")]
    [InlineData(Victim.Manifest, Damage.Truncate, "corrupt", "corrupt", Ok, "snapshot")]
    [InlineData(Victim.Manifest, Damage.Flip, "corrupt", "corrupt", Ok, "snapshot")]
    [InlineData(Victim.Label, Damage.Delete, Ok, Ok, Ok, "")]
    [InlineData(Victim.Label, Damage.Truncate, "corrupt", Ok, Ok, "label")]
    [InlineData(Victim.Label, Damage.Flip, "corrupt", Ok, Ok, "label")]
    public void Damage_to_one_file_has_its_verdict(Victim victim, Damage damage, string list, string get, string put, string notice)
    {
        using var repository = Whole.Copy(new Disk());
        Do(damage, PathOf(repository, victim));
        var notices = new List<string>();

        // The stored key's passphrase costs a third of a second, so only its own damage is met by way of it.
        var key = victim == Victim.StoredKey ? null : KeyOutside;
        string Verdict(Func<EmbeddedRepository, bool> operation) => VerdictOf(repository, key, notices, operation);

        Assert.Equal(list, Verdict(service => service.List(error => throw error).Count == 1));
        Assert.Equal(get, Verdict(service =>
        {
            using var target = new MemoryStream();
            service.Get(service.Find(SnapshotSelector.Parse("name")), target, null, new TransferProgress(), CancellationToken.None);
            return target.ToArray().AsSpan().SequenceEqual(Stream);
        }));
        Assert.Equal(put, Verdict(service => Put(service).Length == Stream.Length));
        Assert.True(notice.Length == 0 ? notices.Count == 0 : notices.Exists(line => line.Contains(notice, StringComparison.Ordinal)), string.Join('\n', notices));
    }

    // A single file that only adds (a key, a label, the newest manifest) leaves no gap where it was, and a lost index no damage.
    [Theory]
    [InlineData(Victim.Config, Damage.Delete, "config", "config", "config is missing")]
    [InlineData(Victim.Config, Damage.Truncate, "config", "config", "config is damaged")]
    [InlineData(Victim.Config, Damage.Flip, "config", "config", "config is damaged")]
    [InlineData(Victim.StoredKey, Damage.Delete, "", "", "")]
    [InlineData(Victim.StoredKey, Damage.Truncate, "key", "key", "")]
    [InlineData(Victim.StoredKey, Damage.Flip, "key", "key", "")]
    [InlineData(Victim.ContentBundle, Damage.Delete, "bundle", "bundle", "")]
    [InlineData(Victim.ContentBundle, Damage.Truncate, "bundle", "bundle", "")]
    [InlineData(Victim.ContentBundle, Damage.Flip, "", "bundle", "")]
    [InlineData(Victim.StructureBundle, Damage.Delete, "bundle", "bundle", "")]
    [InlineData(Victim.StructureBundle, Damage.Truncate, "bundle", "bundle", "")]
    [InlineData(Victim.StructureBundle, Damage.Flip, "bundle", "bundle", "")]
    [InlineData(Victim.IndexFile, Damage.Delete, "", "", "No index file covers 2 of 2 bundles")]
    [InlineData(Victim.IndexFile, Damage.Truncate, "index file", "index file", "")]
    [InlineData(Victim.IndexFile, Damage.Flip, "index file", "index file", "")]
    [InlineData(Victim.Manifest, Damage.Delete, "", "", "")]
    [InlineData(Victim.Manifest, Damage.Truncate, "snapshot", "snapshot", "")]
    [InlineData(Victim.Manifest, Damage.Flip, "snapshot", "snapshot", "")]
    [InlineData(Victim.Label, Damage.Delete, "", "", "")]
    [InlineData(Victim.Label, Damage.Truncate, "label", "label", "")]
    [InlineData(Victim.Label, Damage.Flip, "label", "label", "")]
    public void Check_names_the_file_that_is_damaged_and_no_other(Victim victim, Damage damage, string structure, string data, string notice)
    {
        using var repository = Whole.Copy(new Disk());
        var path = PathOf(repository, victim);
        Do(damage, path);
        foreach (var (readData, named) in new[] { (false, structure), (true, data) })
        {
            var notices = new List<string>();
            using var service = EmbeddedRepository.Open(repository.Path, new KeyMaterial(KeyOutside, "key", () => null), notices.Add);
            var problems = service.Check(readData ? CheckRequest.AllData : CheckRequest.Structure, new TransferProgress(), CancellationToken.None).Problems;
            string[] expected = named.Length == 0 ? [] : [victim == Victim.Config ? named : $"{named} {Path.GetFileName(path)}"];
            Assert.Equal(expected, problems.Select(problem => problem.What));
            Assert.All(problems, problem => Assert.StartsWith(problem.What, problem.Message, StringComparison.Ordinal));
            Assert.All(problems, problem => Assert.Equal(named == "bundle" ? 1 : 0, problem.Snapshots.Count));
            Assert.True(notice.Length == 0 ? notices.Count == 0 : notices.Single().Contains(notice, StringComparison.Ordinal), string.Join('\n', notices));
        }
    }

    /// <summary>Of recipes there is no other copy: what is sound of them is saved, what is lost is told, and the next put brings it back.</summary>
    [Theory]
    [InlineData(Damage.Delete)]
    [InlineData(Damage.Truncate)]
    [InlineData(Damage.Flip)]
    public void A_lost_structure_bundle_is_told_and_comes_back(Damage damage)
    {
        using var repository = Whole.Copy(new Disk());
        var snapshot = repository.List().Single();
        var path = PathOf(repository, Victim.StructureBundle);
        Do(damage, path);
        using var service = EmbeddedRepository.Open(repository.Path, new KeyMaterial(KeyOutside, "key", () => null), _ => { });
        var report = service.Repair(CheckRequest.AllData, [], new(stateFolder: null, ""), new TransferProgress(), CancellationToken.None);
        Assert.Contains($"name@{snapshot.Id}", report.Problems.SelectMany(problem => problem.Snapshots));
        Assert.Equal(damage != Damage.Delete, File.Exists(Path.Combine(repository.Path, "quarantine", Path.GetFileName(path))));
        Assert.Equal(Stream.Length, Put(service).Length);
        Assert.Equal(Stream, repository.Get(snapshot));
        repository.AssertSound("put again");
    }

    /// <summary>What is before the damage is given, and every member that is sound: no less after the repair than before it.</summary>
    [Fact]
    public void What_was_readable_is_so_after_a_repair_that_had_no_copy()
    {
        using var repository = TestRepository.New();
        byte[][] contents = [.. Enumerable.Range(0, 60).Select(number => TestBytes.Random(number, 100_000))];
        var snapshot = repository.Put("name", TestBytes.Tar(contents));
        var path = PathOf(repository, Victim.ContentBundle);
        Flips.In(path, new FileInfo(path).Length / 2);
        using (var before = EmbeddedRepository.Open(repository.Path, new KeyMaterial(KeyOutside, "key", () => null), _ => { }))
            AssertMostIsGiven(before, snapshot, contents);
        using (var service = EmbeddedRepository.Open(repository.Path, new KeyMaterial(KeyOutside, "key", () => null), _ => { }))
            Assert.NotEmpty(service.Repair(CheckRequest.AllData, [], new(stateFolder: null, ""), new TransferProgress(), CancellationToken.None).Problems);
        using var after = EmbeddedRepository.Open(repository.Path, new KeyMaterial(KeyOutside, "key", () => null), _ => { });
        AssertMostIsGiven(after, snapshot, contents);
    }

    [Theory]
    [InlineData(Damage.Truncate)]
    [InlineData(Damage.Flip)]
    public void A_repair_tells_a_damaged_key_and_leaves_it_to_its_owner(Damage damage)
    {
        using var repository = Whole.Copy(new Disk());
        var path = PathOf(repository, Victim.StoredKey);
        Do(damage, path);
        using var service = EmbeddedRepository.Open(repository.Path, new KeyMaterial(KeyOutside, "key", () => null), _ => { });
        Assert.Equal($"key {Path.GetFileName(path)}", Assert.Single(service.Repair(CheckRequest.AllData, [], new(stateFolder: null, ""), new TransferProgress(), CancellationToken.None).Problems).What);
        File.Delete(path);
        Assert.Empty(service.Check(CheckRequest.AllData, new TransferProgress(), CancellationToken.None).Problems);
    }

    /// <summary>Every chunk is what its id says, but the stream as a whole is not what was put.</summary>
    [Fact]
    public void Verification_compares_the_hash_of_the_whole_stream()
    {
        using var repository = TestRepository.New();
        var snapshot = repository.Put("name", Stream);
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        var manifest = Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: true)!;
        using (var session = repository.Store.OpenSession())
        using (var file = repository.Store.Create(FileKind.Snapshot, session))
        {
            file.Write(Manifest.Write(TestKeys.Full, manifest.Structure with { Name = "other" }, manifest.Content! with { Sha256 = new string('0', 64) }));
            file.Commit();
        }

        using var service = EmbeddedRepository.Open(repository.Path, new KeyMaterial(KeyOutside, "key", () => null), _ => { });
        Assert.Empty(service.Check(CheckRequest.AllData, new TransferProgress(), CancellationToken.None).Problems);
        service.Verify(service.Find(SnapshotSelector.Parse("name")), new TransferProgress(), CancellationToken.None);
        var error = Assert.Throws<RepositoryException>(() => service.Verify(service.Find(SnapshotSelector.Parse("other")), new TransferProgress(), CancellationToken.None));
        Assert.Equal(ErrorCode.Corrupt, error.Code);
        Assert.Contains("hashes to", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Victim.ContentBundle)]
    [InlineData(Victim.StructureBundle)]
    public void Put_of_the_same_stream_brings_back_what_a_lost_bundle_held(Victim victim)
    {
        using var repository = Whole.Copy();
        var snapshot = repository.List().Single();
        Do(Damage.Delete, PathOf(repository, victim));
        repository.Put("name", Stream);
        Assert.Equal(Stream, repository.Get(snapshot));
    }

    // Which copy an index names first is chance: several repositories meet both orders.
    [Theory]
    [InlineData(Victim.ContentBundle)]
    [InlineData(Victim.StructureBundle)]
    public void What_was_put_after_a_bundle_no_longer_opens_comes_back(Victim victim)
    {
        for (var repetition = 0; repetition < 8; repetition++)
        {
            using var repository = TestRepository.New();
            repository.Put("name", Stream);
            Do(Damage.Truncate, PathOf(repository, victim));
            Assert.Equal(Stream, repository.Get(repository.Put("name", Stream)));
        }
    }

    /// <summary>Deltas whose base is lost: a put finds that they are, and what is put again is stored so that they open again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Deltas_whose_base_was_lost_come_back_when_their_streams_are_put_again(bool baseFirst)
    {
        using var repository = TestRepository.New();
        byte[][] streams = [.. Enumerable.Range(0, 4).Select(edit => edit == 0 ? Stream : TestBytes.Edited(Stream, 30_000 * edit))];
        repository.Put("name", streams[0]);
        var plain = PathOf(repository, Victim.ContentBundle);
        var snapshots = streams[1..].Select(stream => repository.Put("name", stream)).ToList();
        File.Delete(plain);

        // The lost chunks may come first as such, or as what is like the new ones.
        foreach (var stream in baseFirst ? streams : streams.Reverse())
            Assert.Equal(stream, repository.Get(repository.Put("name", stream)));
        Assert.All(repository.List().Where(snapshot => snapshot.Length > 0), snapshot => Assert.Contains(repository.Get(snapshot), streams));
        Assert.Equal(snapshots.Count + 1 + streams.Length, repository.List().Count);
    }

    [Theory]
    [InlineData(Damage.Delete)]
    [InlineData(Damage.Truncate)]
    [InlineData(Damage.Flip)]
    public void Put_without_a_sound_index_re_uses_every_chunk(Damage damage)
    {
        using var repository = Whole.Copy();
        Do(damage, PathOf(repository, Victim.IndexFile));
        Assert.Equal(0, repository.Put("name", Stream).NewChunks);
        Assert.NotEmpty(repository.Notices);
    }

    [Theory]
    [InlineData(Damage.Delete)]
    [InlineData(Damage.Truncate)]
    [InlineData(Damage.Flip)]
    public void Put_writes_the_index_anew_so_that_the_next_one_is_told_nothing(Damage damage)
    {
        using var repository = Whole.Copy();
        Do(damage, PathOf(repository, Victim.IndexFile));
        repository.Put("name", Stream);
        repository.Notices.Clear();
        Assert.Equal(0, repository.Put("name", Stream).NewChunks);
        Assert.Empty(repository.Notices);
    }

    [Fact]
    public void Put_of_something_similar_to_a_damaged_chunk_stores_it_without_a_delta()
    {
        using var repository = Whole.Copy();
        Do(Damage.Flip, PathOf(repository, Victim.ContentBundle));
        var edited = TestBytes.Edited(Stream, 2_000);
        Assert.Equal(edited, repository.Get(repository.Put("other", edited)));
    }

    private static TestRepository Prepare()
    {
        var repository = TestRepository.New();
        var snapshot = repository.Put("name", Stream);
        Store(FileKind.Key, KeyFile.Write(TestKeys.Full, TestRepository.Config.Write(), Passphrase));
        Store(FileKind.Label, PartFiles.Label.Write(TestKeys.Full, ManifestTests.Label with { Snapshot = snapshot.Id }));
        return repository;

        void Store(FileKind kind, byte[] bytes)
        {
            using var session = repository.Store.OpenSession();
            using var file = repository.Store.Create(kind, session);
            file.Write(bytes);
            file.Commit();
        }
    }

    private static string PathOf(TestRepository repository, Victim victim) => victim switch
    {
        Victim.Config => Path.Combine(repository.Path, "config"),
        Victim.StoredKey => repository.Files(FileKind.Key).Single(),
        Victim.ContentBundle => BundleOf(repository, ChunkClass.Content),
        Victim.StructureBundle => BundleOf(repository, ChunkClass.Structure),
        Victim.IndexFile => repository.Files(FileKind.Index).Single(),
        Victim.Label => repository.Files(FileKind.Label).Single(),
        _ => repository.Files(FileKind.Snapshot).Single(),
    };

    private static string BundleOf(TestRepository repository, ChunkClass chunkClass) =>
        repository.Files(FileKind.Bundle).Single(path => File.ReadAllBytes(path)[BundleFormat.Magic.Length + sizeof(ushort)] == (byte)chunkClass);

    /// <summary>Damages a file.</summary>
    internal static void Do(Damage damage, string path)
    {
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        if (damage == Damage.Truncate)
            File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        if (damage != Damage.Flip)
            return;

        // In a bundle: in its first frame, whose bytes nobody reads before they are wanted.
        var inFrame = path.Contains("/bundles/", StringComparison.Ordinal);
        bytes[inFrame ? FileHead.Size + KeySlot.Size + 1000 : bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    // One frame of 1 MiB in the middle of 6 MB is lost, and the stream breaks off there.
    private static void AssertMostIsGiven(EmbeddedRepository service, SnapshotInfo snapshot, byte[][] contents)
    {
        byte[] Given(Action<Stream> get)
        {
            using var target = new MemoryStream();
            var error = Record.Exception(() => get(target));
            Assert.True(error is null or RepositoryException { Code: ErrorCode.Corrupt }, $"{error}");
            return target.ToArray();
        }

        var stream = TestBytes.Tar(contents);
        var given = Given(target => service.Get(snapshot, target, null, new TransferProgress(), CancellationToken.None));
        Assert.InRange(given.Length, 1_500_000, stream.Length - 1);
        Assert.Equal(stream[..1_500_000], given[..1_500_000]);
        var sound = contents.Index().Count(file =>
            Given(target => service.GetMember(snapshot, Encoding.UTF8.GetBytes($"folder/file-{file.Index}"), target, new TransferProgress(), CancellationToken.None)).AsSpan().SequenceEqual(file.Item));
        Assert.InRange(sound, contents.Length - 14, contents.Length - 1);
    }

    private static string VerdictOf(TestRepository repository, byte[]? key, List<string> notices, Func<EmbeddedRepository, bool> operation)
    {
        try
        {
            using var service = EmbeddedRepository.Open(repository.Path, new KeyMaterial(key, "key", () => Passphrase), notices.Add);
            return operation(service) ? Ok : "nothing";
        }
        catch (RepositoryException error)
        {
            return error.Code.Name();
        }
    }

    private static SnapshotInfo Put(EmbeddedRepository service) => service.Put(
        new PutRequest { Name = SnapshotName.Parse("again") }, new ByteSource(Stream), new TransferProgress(), CancellationToken.None);
}
