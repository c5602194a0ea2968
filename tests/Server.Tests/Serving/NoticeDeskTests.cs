using Microsoft.Extensions.Logging.Abstractions;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Serving.Notices;

namespace StreamBack.Server.Tests.Serving;

/// <summary>What is told of a repository that is not well, by which ways, and how often.</summary>
public sealed class NoticeDeskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly EmbeddedRepository repository;
    private readonly ServedRepository served;
    private readonly Recorder way = new("first");

    public NoticeDeskTests()
    {
        repository = EmbeddedRepository.Create(At("repository"), averageChunk: null, compression: null, _ => { }, _ => { });
        served = new ServedRepository(repository, At("state"), [], []);
        Put("a");
    }

    public void Dispose()
    {
        repository.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_manifest_that_cannot_be_read_is_told_once_and_hides_nothing_else()
    {
        new FailedPuts(At("state")).Add("b", "No space left");
        var manifest = Directory.GetFiles(At("repository/snapshots"), "*", SearchOption.AllDirectories).Single();
        var bytes = File.ReadAllBytes(manifest);
        File.WriteAllBytes(manifest, bytes[..^1]);
        await Tell(way);
        await Tell(way);
        var troubles = Assert.Single(way.Told).Troubles;
        Assert.Equal([TroubleKinds.FailedDuty, TroubleKinds.FailedPut], troubles.Select(trouble => trouble.Kind).Order());
        Assert.Contains(troubles, trouble => trouble.Message.StartsWith("nobody knows for sure which names are late: ", StringComparison.Ordinal));

        // When it is over, that is forgotten, so that it is told when it comes again.
        File.WriteAllBytes(manifest, bytes);
        await Tell(way);
        Assert.Single(way.Told);
        Assert.DoesNotContain(new StateMap(At("state"), "told-notices.json").Read().Keys, key => key.EndsWith(" late", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_way_that_fails_keeps_nobody_else_from_being_told()
    {
        new FailedPuts(At("state")).Add("b", "No space left");
        var broken = new Recorder("broken") { Failure = new NoticeException("nobody answers") };
        var desk = new NoticeDesk(served, At("state"), [broken, way], NullLogger.Instance);
        await desk.Tell(CancellationToken.None);
        await desk.Tell(CancellationToken.None);
        Assert.Equal((1, 1), (broken.Tries, way.Tries)); // the broken one not again before its pause is over

        // It tells by itself what it did not, once it can.
        broken.Failure = null;
        await Tell(broken, way);
        Assert.Equal((1, 1), (broken.Told.Count, way.Told.Count));
    }

    [Fact]
    public async Task A_failed_put_is_told_again_only_after_one_went_well()
    {
        var failed = new FailedPuts(At("state"));
        for (var time = 0; time < 3; time++)
        {
            failed.Add("a", $"No space left, {time}");
            await Tell(way);
        }

        Assert.Single(way.Told);
        Put("a");
        await Tell(way);
        failed.Add("a", "No space left");
        await Tell(way);
        Assert.Equal(2, way.Told.Count);
    }

    private Task Tell(params INoticeWay[] ways) => new NoticeDesk(served, At("state"), ways, NullLogger.Instance).Tell(CancellationToken.None);

    private void Put(string name) => served.Put(new PutRequest { Name = SnapshotName.Parse(name) }, new ByteSource([1, 2, 3]), new TransferProgress(), CancellationToken.None);

    private string At(string name) => Path.Combine(folder.Path, name);

    private sealed class Recorder(string name) : INoticeWay
    {
        public string Name => name;

        public List<Notice> Told { get; } = [];

        public int Tries { get; private set; }

        public Exception? Failure { get; set; }

        public Task Tell(Notice notice, CancellationToken cancellation)
        {
            Tries++;
            if (Failure is not null)
                return Task.FromException(Failure);
            Told.Add(notice);
            return Task.CompletedTask;
        }
    }
}
