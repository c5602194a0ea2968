using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Tests.Compatibility;

/// <summary>
/// One repository of each format version, made by the program of its day (tests/fixtures/make-repository) and never touched again: it
/// opens, checks and restores for ever, and what is in it is still found by a put.
/// </summary>
public sealed class FrozenRepositoryTests : IDisposable
{
    private const string Passphrase = "frozen in amber";

    private static readonly string Fixtures = FindFixtures();

    private static readonly string[] Frozen = ["repository-v1"];

    /// <summary>Every version that this build reads.</summary>
    public static TheoryData<string> Versions => new(Frozen);

    private readonly string folder = Directory.CreateTempSubdirectory("streamback-frozen-").FullName;

    [Fact]
    public void Every_fixture_on_disk_is_tested() =>
        Assert.Equal(Frozen, Directory.EnumerateDirectories(Fixtures, "repository-v*").Select(path => Path.GetFileName(path)).Order());

    [Theory]
    [MemberData(nameof(Versions))]
    public void Streams_come_back_by_every_key_and_the_check_is_clean(string version)
    {
        foreach (var key in new KeyMaterial[] { Key(version, "full.key"), Key(version, "recovery.txt"), new(null, "", () => Passphrase) })
        {
            using var repository = EmbeddedRepository.Open(Copy(version), key, line => Assert.Fail(line));
            foreach (var (name, hash) in Streams(version))
                Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(Get(repository, name))));
            Assert.Empty(repository.Check(CheckRequest.AllData, new TransferProgress(), CancellationToken.None).Problems);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Put_key_lists_and_opens_nothing(string version)
    {
        using var repository = EmbeddedRepository.Open(Copy(version), Key(version, "put.key"), line => Assert.Fail(line));
        var tagged = repository.Find(SnapshotSelector.Parse("tar@2026-11-01"));
        Assert.Equal(["first", "kept"], tagged.Tags);
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => Get(repository, "tar")).Code);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Put_of_a_stream_that_is_in_it_stores_no_chunk_of_it(string version)
    {
        using var repository = EmbeddedRepository.Open(Copy(version), Key(version, "full.key"), line => Assert.Fail(line));
        foreach (var (name, hash) in Streams(version).Where(stream => stream.Name != "raw/empty"))
        {
            var request = new PutRequest { Name = SnapshotName.Parse("again") };
            var put = repository.Put(request, new ByteSource(Get(repository, name)), new TransferProgress(), CancellationToken.None);
            var catalogs = put.Kind == SnapshotKinds.Tar ? 1 : 0; // a small one; snapshots of that time have none
            Assert.Equal(hash, put.Sha256);
            Assert.InRange(put.NewChunks!.Value, 0, catalogs);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static byte[] Get(EmbeddedRepository repository, string selector)
    {
        using var target = new MemoryStream();
        repository.Get(repository.Find(SnapshotSelector.Parse(selector)), target, prefix: null, new TransferProgress(), CancellationToken.None);
        return target.ToArray();
    }

    private static IEnumerable<(string Name, string Hash)> Streams(string version) =>
        File.ReadLines(Path.Combine(Fixtures, version, "streams")).Select(line => line.Split(' ')).Select(words => (words[0], words[1]));

    private static KeyMaterial Key(string version, string file) =>
        new(File.ReadAllBytes(Path.Combine(Fixtures, version, file)), file, () => Passphrase);

    private string Copy(string version)
    {
        var source = Path.Combine(Fixtures, version, "repository");
        var copy = Directory.CreateTempSubdirectory("streamback-frozen-").FullName;
        Directory.Move(copy, copy = Path.Combine(folder, Path.GetFileName(copy)));
        foreach (var path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(source, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }

        return copy;
    }

    private static string FindFixtures()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "StreamBack.sln")))
            folder = folder.Parent;
        return Path.Combine(folder.FullName, "tests", "fixtures");
    }
}
