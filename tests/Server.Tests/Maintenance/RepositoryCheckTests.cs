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

    private IReadOnlyList<CheckProblem> Problems()
    {
        using var check = new RepositoryCheck(new OpenRepository(store, TestRepository.Config, TestKeys.Full), _ => { }, new TransferProgress(), CancellationToken.None);
        return check.Run(readData: true).Problems;
    }
}
