using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Sessions.Remote;

/// <summary>A put of chunks that another process goes on with.</summary>
public sealed class ResumeTests : IDisposable
{
    private static readonly byte[] Stream = TestBytes.Tar(TestBytes.Random(2, 2_500_000), TestBytes.Text(3, 1_200_000), TestBytes.Random(4, 1_300_000));

    private readonly Cutter cutter = new(Stream);
    private readonly TestRepository repository = TestRepository.New();
    private readonly TemporaryFolder state = new();

    public void Dispose()
    {
        repository.Dispose();
        state.Dispose();
    }

    private string Journal => Path.Combine(state.Path, "a");

    [Fact]
    public void It_goes_on_from_the_last_checkpoint()
    {
        using (var first = Begin())
        {
            cutter.Send(first, 0, 2);
            first.WaitDurable();
            Assert.Equal((2L, 2L), (first.Batches, first.Durable));
            cutter.Send(first, 2, 3);
            Assert.Equal((3L, 2L), (first.Batches, first.Durable));
        }

        using var second = Open();
        Assert.Equal((2L, 2L), (second.Batches, second.Durable));
        cutter.Send(second, 2);
        Assert.Equal(Stream, repository.Get(second.Commit(cutter.End)));
        repository.AssertSound("a put in two parts");
    }

    [Fact]
    public void What_was_new_and_stored_counts_over_all_parts()
    {
        for (var batch = 0; batch + 1 < cutter.Batches.Count; batch++)
        {
            using var part = batch == 0 ? Begin() : Open();
            cutter.Send(part, batch, batch + 1);
            part.WaitDurable();
        }

        using var last = Open();
        cutter.Send(last, cutter.Batches.Count - 1);
        var snapshot = last.Commit(cutter.End);
        var all = cutter.Batches.Sum(batch => batch.Lengths.Sum(length => (long)length));
        Assert.Equal((cutter.Chunks, (long?)cutter.Chunks, (long?)all), (snapshot.Chunks, snapshot.NewChunks, snapshot.NewChunkBytes));
        Assert.Equal(Stored(FileKind.Bundle) + Stored(FileKind.Index), snapshot.StoredBytes);
    }

    private long Stored(FileKind kind) => repository.Files(kind).Sum(path => new FileInfo(path).Length);

    [Fact]
    public void What_was_asked_for_and_not_sent_is_asked_for_again()
    {
        using var session = Begin();
        cutter.Send(session, 0, 1);
        var missing = Cutter.Ask(session, cutter.Batches[1]);
        Assert.NotEmpty(missing);
        session.Rewind();
        Assert.Equal(1, session.Batches);
        Assert.Equal(missing, Cutter.Ask(session, cutter.Batches[1]));
        session.Rewind();
        cutter.Send(session, 1);
        Assert.Equal(Stream, repository.Get(session.Commit(cutter.End)));
    }

    [Fact]
    public void A_journal_that_was_torn_anywhere_gives_what_was_whole()
    {
        long[] ends = new long[3];
        using (var first = Begin())
        {
            for (var batch = 0; batch < 3; batch++)
            {
                cutter.Send(first, batch, batch + 1);
                first.WaitDurable();
                ends[batch] = new FileInfo(Journal).Length;
            }
        }

        var whole = File.ReadAllBytes(Journal);
        var random = new Random(1);
        foreach (var length in Enumerable.Range(0, 40).Select(_ => random.Next((int)ends[0], whole.Length)).Concat(ends.Select(end => (int)end)))
        {
            File.WriteAllBytes(Journal, whole[..length]);
            using var again = Open();
            Assert.Equal(ends.Count(end => end <= length), again.Durable);
        }

        File.WriteAllBytes(Journal, whole[..(int)(ends[1] + 5)]);
        using var last = Open();
        cutter.Send(last, 2);
        Assert.Equal(Stream, repository.Get(last.Commit(cutter.End)));
    }

    [Fact]
    public void A_commit_whose_answer_was_lost_makes_no_second_snapshot()
    {
        SnapshotInfo made;
        using (var first = Begin())
        {
            cutter.Send(first);
            made = first.Commit(cutter.End);
            Assert.Equal(made, first.Commit(cutter.End));
        }

        using var second = Open();
        Assert.Equal(made.Id, second.Commit(cutter.End).Id);
        Assert.Single(repository.List());
    }

    [Fact]
    public void A_stream_that_repeats_itself_is_gone_on_with_by_who_may_read_nothing_else()
    {
        var half = TestBytes.Random(5, 1_500_000);
        var twice = new Cutter([.. half, .. half]);
        using (var first = Make(SessionJournal.Create(Journal, Head), NothingElse))
        {
            Assert.InRange(twice.Send(first, 0, twice.Batches.Count - 1), 1, (twice.Chunks / 2) + 3);
            first.WaitDurable();
            Cutter.Ask(first, twice.Batches[^1]);
            first.Rewind();
            Assert.InRange(Cutter.Ask(first, twice.Batches[^1]).Count, 0, 1); // the last chunk ends where the first half had no end
        }

        using var second = Make(SessionJournal.Open(Journal), NothingElse);
        Assert.InRange(twice.Send(second, twice.Batches.Count - 1), 0, 1);
        Assert.Equal((byte[])[.. half, .. half], repository.Get(second.Commit(twice.End)));
    }

    [Fact]
    public async Task A_checkpoint_that_is_pending_does_not_let_another_process_into_a_commit()
    {
        using var first = Begin();
        cutter.Send(first);
        Task<SnapshotInfo> commit;
        Task<SnapshotInfo?> open;
        using (repository.Store.Lock(PutCommit.CommitLock))
        {
            commit = Task.Run(() =>
            {
                first.Checkpoint();
                return first.Commit(cutter.End);
            });
            await Task.Delay(300);
            open = Task.Run(() =>
            {
                using var second = Open();
                return second.Committed;
            });
            await Task.Delay(300);
            Assert.False(open.IsCompleted, "the second one came in while the first one commits");
        }

        Assert.Equal((await commit).Id, (await open)?.Id);
        Assert.Single(repository.List());
    }

    [Fact]
    public void Who_lost_a_put_to_another_process_makes_no_snapshot_of_it()
    {
        using var first = Begin();
        cutter.Send(first, 0, 1);
        first.WaitDurable();
        using var second = Open();
        cutter.Send(second, 1);
        cutter.Send(first, 1);
        Assert.Equal(ErrorCode.Busy, Assert.Throws<RepositoryException>(() => first.Commit(cutter.End)).Code);
        Assert.Equal(Stream, repository.Get(second.Commit(cutter.End)));
        Assert.Single(repository.List());
    }

    [Fact]
    public void A_journal_that_is_not_there_or_is_none_is_no_session()
    {
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<RepositoryException>(() => Open()).Code);
        File.WriteAllBytes(Journal, TestBytes.Random(1, 5000));
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<RepositoryException>(() => Open()).Code);
    }

    [Fact]
    public void A_journal_of_a_build_that_did_not_count_is_gone_on_with()
    {
        using (var first = Begin())
        {
            cutter.Send(first, 0, 2);
            first.WaitDurable();
        }

        Rewrite((kind, data) => kind == 'G' ? null : data);
        using var second = Open();
        Assert.Equal(2, second.Durable);
        cutter.Send(second, 2);
        Assert.Equal(Stream, repository.Get(second.Commit(cutter.End)));
    }

    [Theory]
    [InlineData('H', "{\"owner\":\"who\"}")]
    [InlineData('H', "")]
    [InlineData('B', "\u0009\u0001\u0000\u0000\u0000")]
    [InlineData('B', "\u0000\u0001\u0000\u0000\u0000")]
    [InlineData('B', "\u0000")]
    [InlineData('G', "short")]
    [InlineData('Z', "of another build")]
    public void A_journal_with_an_entry_that_this_build_does_not_know_is_no_session(char kind, string data)
    {
        using (var first = Begin())
        {
            cutter.Send(first, 0, 2);
            first.WaitDurable();
        }

        Rewrite((known, old) => known == (kind == 'Z' ? 'G' : kind) ? System.Text.Encoding.Latin1.GetBytes(data) : old, kind == 'Z' ? kind : null);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<RepositoryException>(() => Open()).Code);
    }

    // The same entries, some of them with other data, or left out.
    private void Rewrite(Func<char, byte[], byte[]?> change, char? renamed = null)
    {
        var entries = new List<(char Kind, byte[] Data)>();
        using (var file = File.OpenHandle(Journal))
        {
            for (var at = 0L; JournalFile.TryRead(file, ref at, out var kind, out var data);)
            {
                if (change(kind, data.ToArray()) is { } changed)
                    entries.Add((kind == 'G' ? renamed ?? kind : kind, changed));
            }
        }

        using var target = File.OpenHandle(Journal, FileMode.Create, FileAccess.Write);
        var end = 0L;
        foreach (var (kind, data) in entries)
            JournalFile.Write(target, ref end, kind, data);
    }

    private static JournalHead Head => new("who", "web1/etc", ["tag"], null, DateTime.UtcNow, false, false);

    private ChunkSession Begin() => Make(SessionJournal.Create(Journal, Head));

    private ChunkSession Open() => Make(SessionJournal.Open(Journal));

    private static Access NothingElse => new(Capabilities.Put | Capabilities.Get, ["none/"]);

    private ChunkSession Make(SessionJournal journal, Access? access = null) =>
        new(new OpenRepository(repository.Store, TestRepository.Config, TestKeys.Full), journal, access ?? Access.Everything, repository.Notices.Enqueue);
}
