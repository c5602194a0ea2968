using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Tests.Sessions.Remote;

/// <summary>A put whose stream the client cuts.</summary>
public sealed class ChunkSessionTests : IDisposable
{
    private static readonly byte[] Stream = TestBytes.Tar(TestBytes.Text(1, 700_000), TestBytes.Random(2, 1_500_000), TestBytes.Text(3, 5000), new byte[400_000]);

    private readonly TestRepository repository = TestRepository.New();
    private readonly TemporaryFolder state = new();

    public void Dispose()
    {
        repository.Dispose();
        state.Dispose();
    }

    [Fact]
    public void What_a_client_cuts_comes_back_and_is_stored_as_if_the_server_had_cut_it()
    {
        var cutter = new Cutter(Stream);
        var snapshot = Put("web1/etc", cutter);
        Assert.Equal(Stream, repository.Get(snapshot));
        Assert.Equal((SnapshotKinds.Tar, 4L, cutter.Chunks), (snapshot.Kind, snapshot.Members, snapshot.Chunks));
        Assert.Equal((0L, snapshot.Chunks), (repository.Put("web1/etc", Stream).NewChunks, repository.Put("web1/etc", Stream).Chunks));
        repository.AssertSound("a put of chunks");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Similar_chunks_become_deltas_whoever_finds_the_samples(bool sampled)
    {
        var text = TestBytes.Text(7, 2_000_000);
        using (var session = Begin("text"))
        {
            var first = new Cutter(text);
            first.Send(session, sampled: sampled);
            session.Commit(first.End);
        }

        var edited = TestBytes.Edited(text, 40_000);
        var second = new Cutter(edited);
        using var other = Begin("text", "b");
        second.Send(other, sampled: sampled);
        var snapshot = other.Commit(second.End);
        Assert.Equal(edited, repository.Get(snapshot));
        Assert.InRange(snapshot.StoredBytes!.Value, 1, snapshot.NewChunkBytes!.Value / 8);
    }

    [Fact]
    public void What_comes_unasked_is_stored_once_and_named_by_its_bytes()
    {
        repository.Put("web1/etc", Stream);
        var cutter = new Cutter(TestBytes.Edited(Stream, 1_000_000));
        using var session = Begin("web1/etc");
        foreach (var (number, batch) in cutter.Batches.Index())
        {
            if (number % 3 == 2)
            {
                cutter.Send(session, number, number + 1);
                continue;
            }

            session.Tell(batch.Lane, batch.Lengths);
            session.Supply(Cutter.Received([.. SampledChunks.WriteHead(batch.Cut, [.. Enumerable.Range(0, batch.Lengths.Length)]), .. batch.Chunks.SelectMany(chunk => chunk)], RecordKind.SampledChunks));
        }

        session.WaitDurable();
        var snapshot = session.Commit(cutter.End);
        Assert.Equal(TestBytes.Edited(Stream, 1_000_000), repository.Get(snapshot));
        Assert.InRange(snapshot.NewChunks!.Value, 1, cutter.Chunks / 4);
        repository.AssertSound("a put of unasked chunks");
    }

    [Fact]
    public void What_comes_unasked_waits_for_what_was_asked_for()
    {
        var cutter = new Cutter(Stream);
        using var session = Begin("web1/etc");
        Cutter.Ask(session, cutter.Batches[0]);
        AssertUsage(() => session.Tell(Lane.Payload, [1000]));
        session.Rewind();
        session.Tell(Lane.Payload, [1000]);
        AssertUsage(() => session.Tell(Lane.Payload, [1000]));
        AssertUsage(() => session.Supply(Cutter.Received(new byte[999])));
    }

    [Fact]
    public void Samples_that_are_none_spoil_nothing()
    {
        var cutter = new Cutter(TestBytes.Text(7, 300_000));
        using var session = Begin("wrong");
        var batch = cutter.Batches[0];
        var missing = Cutter.Ask(session, batch);
        var head = SampledChunks.WriteHead(batch.Cut, [.. missing]);
        for (var at = 4 * missing.Count; at < head.Length; at++)
            head[at] = (byte)(at * 7);
        session.Supply(Cutter.Received([.. head, .. missing.SelectMany(number => batch.Chunks[number])], RecordKind.SampledChunks));
        cutter.Send(session, from: 1);
        Assert.Equal(TestBytes.Text(7, 300_000), repository.Get(session.Commit(cutter.End)));
    }

    [Fact]
    public void What_is_there_is_not_asked_for()
    {
        repository.Put("web1/etc", Stream);
        using (var session = Begin("web1/etc"))
        {
            Assert.Equal(0, new Cutter(Stream).Send(session));
            var edited = new Cutter(TestBytes.Edited(Stream, 1_000_000));
            using var other = Begin("web1/etc", "b");
            Assert.InRange(edited.Send(other), 1, edited.Chunks / 4);
        }

        using var again = Begin("web1/etc", "c");
        new Cutter(Stream).Send(again);
        Assert.Equal(0L, again.Commit(new Cutter(Stream).End).NewChunks);
    }

    [Fact]
    public void A_chunk_that_the_stream_repeats_is_sent_once()
    {
        var half = TestBytes.Random(5, 3_000_000);
        var cutter = new Cutter([.. half, .. half]);
        using var session = Begin("twice");
        Assert.InRange(cutter.Send(session), 1, (cutter.Chunks / 2) + 3);
        Assert.Equal((byte[])[.. half, .. half], repository.Get(session.Commit(cutter.End)));
    }

    [Fact]
    public void Bytes_that_are_not_what_was_asked_for_end_the_put()
    {
        var cutter = new Cutter(Stream);
        using var session = Begin("web1/etc");
        var wrong = new byte[Cutter.Ask(session, cutter.Batches[0]).Sum(number => cutter.Batches[0].Lengths[number])];
        session.Supply(Cutter.Received(wrong));
        var error = Assert.Throws<RepositoryException>(() =>
        {
            session.WaitDurable();
            cutter.Send(session, 1);
            session.Commit(cutter.End);
        });
        Assert.Equal(ErrorCode.Usage, error.Code);
        Assert.Empty(repository.List());
    }

    [Fact]
    public void What_was_not_asked_for_or_not_sent_or_does_not_add_up_is_refused()
    {
        var cutter = new Cutter(Stream);
        using var session = Begin("web1/etc");
        AssertUsage(() => session.Supply(Cutter.Received([1])));
        AssertUsage(() => Cutter.Ask(session, new CutBatch(Lane.Payload, [0], new byte[32], [], null!)));
        AssertUsage(() => Cutter.Ask(session, new CutBatch(Lane.Payload, [TestRepository.Config.Chunking.Maximum + 1], new byte[32], [], null!)));
        AssertUsage(() => Cutter.Ask(session, new CutBatch(Lane.Payload, [.. Enumerable.Repeat(60_000, 30)], new byte[32 * 30], [], null!)));
        cutter.Send(session, 0, 1);
        AssertUsage(() => session.Commit(cutter.End));
        Cutter.Ask(session, cutter.Batches[1]);
        AssertUsage(() => session.Commit(cutter.End with { Length = session.Length }));
        Assert.Empty(repository.List());
    }

    [Fact]
    public void Who_may_read_some_names_is_told_of_their_chunks_and_of_no_others()
    {
        repository.Put("web1/etc", TestBytes.Random(7, 900_000));
        repository.Put("web2/etc", TestBytes.Random(8, 900_000));
        using var session = Begin("web1/new", access: Reading("web1/"));
        var (own, others) = (new Cutter(TestBytes.Random(7, 900_000)), new Cutter(TestBytes.Random(8, 900_000)));
        Assert.Equal(0, own.Send(session));
        Assert.Equal(others.Chunks, others.Send(session));
        var stream = (byte[])[.. TestBytes.Random(7, 900_000), .. TestBytes.Random(8, 900_000)];
        Assert.Equal(stream, repository.Get(session.Commit(new Cutter(stream).End)));
    }

    [Fact]
    public void Who_may_read_less_than_before_is_told_of_no_more_than_that()
    {
        repository.Put("web1/etc", TestBytes.Random(7, 900_000));
        repository.Put("web2/etc", TestBytes.Random(8, 2_500_000));
        using var session = Begin("web1/new", access: Reading("web1/", "web2/"));
        var (own, others) = (new Cutter(TestBytes.Random(7, 900_000)), new Cutter(TestBytes.Random(8, 2_500_000)));
        Assert.Empty(Cutter.Ask(session, others.Batches[0]));
        session.Rewind();
        session.Heed(Reading("web1/"));
        Assert.Equal(0, own.Send(session));
        Assert.InRange(others.Batches.Count, 2, 9);
        Assert.Equal(others.Chunks - others.Batches[0].Lengths.Length, others.Send(session, 1));
        using var fresh = Begin("web1/new", "b", Access.Everything);
        fresh.Heed(Reading("web3/"));
        Assert.Equal(own.Chunks, own.Send(fresh));
    }

    private static Access Reading(params string[] prefixes) => new(Capabilities.Put | Capabilities.Get, prefixes);

    private static void AssertUsage(Action action) => Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(action).Code);

    private SnapshotInfo Put(string name, Cutter cutter)
    {
        using var session = Begin(name);
        Assert.Equal(cutter.DistinctChunks, cutter.Send(session));
        return session.Commit(cutter.End);
    }

    private ChunkSession Begin(string name, string journal = "a", Access? access = null) => new(
        new OpenRepository(repository.Store, TestRepository.Config, TestKeys.Full),
        SessionJournal.Create(Path.Combine(state.Path, journal), new JournalHead("who", name, [], null, DateTime.UtcNow, false, false)),
        access ?? Access.Everything,
        repository.Notices.Enqueue);
}
