using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>What a prune writes anew, and what it gives up for that.</summary>
public sealed class RewriteTests : IDisposable
{
    private readonly TestRepository repository = TestRepository.New();

    public void Dispose() => repository.Dispose();

    /// <summary>As a disk or a memory that changes a bit on the way.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_written_wrongly_is_no_reason_to_give_anything_up(bool isSealed)
    {
        var keys = isSealed ? TestKeys.Put : null;
        var (kept, rest) = (TestBytes.Random(1, 1_500_000), TestBytes.Random(2, 2_500_000));
        var all = repository.Put("all", [.. kept, .. rest], raw: true, keys: keys);
        var some = repository.Put("some", kept, raw: true, keys: keys);
        repository.Remove(all);
        var before = repository.Files(FileKind.Bundle);
        var prune = repository.On(new RenamingDisk(Path.Combine(repository.Path, "bundles"), () => Flips.In(repository.Files(FileKind.Bundle).Except(before).Single(), at: 500_000)));
        var error = Assert.Throws<RepositoryException>(() => prune.Prune(keys: keys));
        Assert.Contains("not what was just written", error.Message, StringComparison.Ordinal);
        Assert.Equal(kept, repository.Get(some));
        repository.Prune(keys: keys);
        Assert.Equal(kept, repository.Get(some));
    }

    /// <summary>Of what is there twice, in frames that differ, a sealed prune gives up the one of which some other copy is the same frame.</summary>
    [Fact]
    public void Sealed_prunes_come_to_an_end()
    {
        var (twice, used, unused) = (TestBytes.Random(1, 300_000), TestBytes.Random(2, 500_000), TestBytes.Random(3, 1_500_000));
        for (var attempt = 0; attempt < 6; attempt++)
        {
            using var here = TestRepository.New();
            using var other = here.Copy();
            var all = here.Put("all", [.. twice, .. used, .. unused], raw: true, keys: TestKeys.Put);
            var some = here.Put("some", used, raw: true, keys: TestKeys.Put);
            var alone = other.Put("alone", twice, raw: true, keys: TestKeys.Put);
            foreach (var file in other.Files(FileKind.Bundle).Concat(other.Files(FileKind.Snapshot)))
            {
                var to = Path.Combine(here.Path, Path.GetRelativePath(other.Path, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to);
            }

            here.Remove(all);
            for (var time = 0; time < 3; time++)
                here.Prune(keys: TestKeys.Put);
            Assert.Equal(0, here.Prune(keys: TestKeys.Put).RewrittenBundles);
            Assert.InRange(here.Files(FileKind.Bundle).Sum(file => new FileInfo(file).Length), 800_000, 2_000_000);
            Assert.Equal(used, here.Get(some));
            Assert.Equal(twice, here.Get(alone));
        }
    }

    /// <summary>Bundles that are full by their entries may be small, and nobody can open one that has too many.</summary>
    [Fact]
    public void Frames_of_many_entries_are_joined_within_the_limits_of_a_bundle()
    {
        var ids = new List<ChunkId>();
        using var session = repository.Store.OpenSession();
        using (var hasher = new ChunkHasher(TestKeys.Full.ChunkIdSecret(ChunkClass.Content, TestRepository.Config.Domain)))
        using (var writer = new BundleWriter(repository.Store, TestKeys.Full, session, ChunkClass.Content, TestRepository.Config.Domain))
        {
            for (var number = 0; number < 6; number++)
            {
                var chunks = Enumerable.Range(number * 20_000, 20_000).Select(BitConverter.GetBytes).ToList();
                var entries = chunks.ConvertAll(chunk => new FrameEntry(hasher.Hash(chunk), chunk.Length, chunk.Length, null, default));
                ids.AddRange(entries.Select(entry => entry.Id));
                using var frame = PackedFrame.Pack(chunks.SelectMany(chunk => chunk).ToArray(), entries, level: 1);
                writer.Add(frame);
                writer.Close();
            }
        }

        using var frames = new FrameCache(repository.Store, TestKeys.Full, maxFrames: 8);
        using var index = Server.Dedup.ChunkIndex.Open(repository.Store, TestKeys.Full, session, _ => { });
        var reachable = new Server.Dedup.ChunkIdSet();
        ids.ForEach(id => reachable.Add(id));
        var used = new UsedEntries(index, reachable, []);
        used.Count(CancellationToken.None);
        var sources = repository.Store.List(FileKind.Bundle).Select(frames.Bundle).ToList();
        var written = new List<WrittenBundle>();
        new FrameRewriter(repository.Opened(TestKeys.Put), session, used).Rewrite(sources, [], written.Add, CancellationToken.None);
        Assert.Equal(2, written.Count);
        Assert.All(written, bundle => Assert.Equal(60_000, frames.Bundle(bundle.Id).Footer.Count));
        Assert.All(written, bundle => Assert.False(new ChunkRewriter(repository.Opened(), session, frames, used.IsUsed).MayJoin(frames.Bundle(bundle.Id))));
    }
}
