using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Sessions;

/// <summary>What of the last snapshot comes near, over a stream of several bundles.</summary>
public sealed class LastSnapshotTests : IDisposable
{
    private const int Length = 64 << 20;
    private const int Step = 1 << 20;

    private readonly TestRepository repository = TestRepository.New();
    private readonly Manifest newest;
    private readonly ChunkIndex index;
    private readonly FrameCache frames;
    private readonly List<ObjectId> touched = [];
    private readonly List<string> notices = [];
    private int asked;

    public LastSnapshotTests()
    {
        var snapshot = repository.Put("a", TestBytes.Random(1, Length), raw: true);
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        newest = Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: true)!;
        index = ChunkIndex.Open(repository.Store, TestKeys.Full, session: null, notices.Add);
        frames = new FrameCache(repository.Store, TestKeys.Full, 4);
    }

    [Fact]
    public void It_comes_near_a_little_ahead_of_the_stream()
    {
        var last = Last(reach: 2 * Step);
        last.BringNear(Lane.Payload, 0);
        var first = touched.Count;
        for (var position = 0L; position < Length; position += Step)
            last.BringNear(Lane.Payload, position);
        Assert.Equal(repository.Files(FileKind.Bundle).Length, touched.Distinct().Count());
        Assert.True(first < touched.Distinct().Count(), "all came at once");
        Assert.Equal(1, asked);
        Assert.Empty(notices);
    }

    [Fact]
    public void What_the_stream_passed_over_does_not_come_near()
    {
        var last = Last(reach: 2 * Step);
        last.BringNear(Lane.Payload, Length - Step);
        Assert.InRange(touched.Distinct().Count(), 1, repository.Files(FileKind.Bundle).Length - 1);
    }

    [Fact]
    public void Behind_its_end_nothing_more_is_read()
    {
        var last = Last(reach: Step);
        last.BringNear(Lane.Payload, Length - Step);
        touched.Clear();
        foreach (var id in repository.Store.List(FileKind.Bundle).ToList())
            File.Delete(Path.Combine(repository.Path, FileKind.Bundle.Folder(), id.ToString()[..2], id.ToString()));
        for (var position = (long)Length + Step; position < 4L * Length; position += Step)
            last.BringNear(Lane.Payload, position);
        Assert.Empty(touched);
        Assert.Empty(notices);
    }

    [Fact]
    public void Without_one_there_is_nothing_to_bring()
    {
        var last = new LastSnapshot(() => null, Near(), frames, Step, notices.Add);
        last.BringNear(Lane.Payload, 0);
        last.BringNear(Lane.Header, 0);
        Assert.Empty(touched);
    }

    public void Dispose()
    {
        frames.Dispose();
        index.Dispose();
        repository.Dispose();
    }

    private LastSnapshot Last(long reach) => new(
        () =>
        {
            asked++;
            return newest;
        },
        Near(),
        frames,
        reach,
        notices.Add);

    private LocalityCache Near() => new(index, frames) { Touched = bundle => touched.Add(bundle.Id) };
}
