using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>In which order a prune leaves what it writes anew.</summary>
public sealed class ReadingOrderTests : IDisposable
{
    private readonly TestRepository repository = TestRepository.New();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void What_is_written_anew_stands_as_the_newest_snapshot_is_read()
    {
        byte[] Blocks(int from) => [.. Enumerable.Range(0, 20).SelectMany(number => TestBytes.Random(from + number, 100_000))];
        var (even, odd, junk) = (Blocks(1000), Blocks(2000), Blocks(3000));
        byte[] Woven(byte[] one, byte[] other) => [.. one.Chunk(100_000).Zip(other.Chunk(100_000)).SelectMany(pair => pair.First.Concat(pair.Second))];
        var first = repository.Put("a", Woven(even, junk), raw: true);
        var second = repository.Put("b", Woven(odd, [.. junk.Reverse()]), raw: true);
        var stream = Woven(even, odd);
        var newest = repository.Put("c", stream, raw: true);
        repository.Remove(first, second);
        Assert.True(repository.Prune().RewrittenBundles >= 2);
        var places = PlacesOf(newest);

        // But for the few chunks across the blocks, which its own put stored.
        var anew = places.GroupBy(place => place.Bundle).MaxBy(bundle => bundle.Count())!.Select(place => place.Entry).ToList();
        Assert.True(anew.Count > places.Count / 2);
        Assert.Equal(Enumerable.Range(0, anew.Count), anew);
        Assert.Equal(stream, repository.Get(newest));
    }

    private List<ChunkPlace> PlacesOf(SnapshotInfo snapshot)
    {
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        using var reader = new RepositoryReader(repository.Store, TestKeys.Full);
        var payload = Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: false)!.Structure.Streams[StreamNames.Payload];
        return [.. RecipeReader.Chunks(payload, reader.Chunks()).Select(chunk => reader.Chunks().Find(chunk.Id, ChunkClass.Content))];
    }
}
