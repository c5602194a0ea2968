using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Sessions;

/// <summary>Sessions at the same time in one folder.</summary>
public class ConcurrencyTests
{
    [Fact]
    public async Task Puts_in_parallel_with_merges_lose_nothing()
    {
        using var repository = TestRepository.New();
        var common = TestBytes.Text(1, 300_000);
        var puts = Enumerable.Range(0, 3).Select(putter => Task.Run(() => Enumerable.Range(0, 8).Select(number =>
        {
            byte[] stream = [.. common, .. TestBytes.Random(1000 * putter + number, 50_000)];
            return (Snapshot: repository.Put($"name{putter}", stream), Stream: stream);
        }).ToList()));

        var all = (await Task.WhenAll(puts)).SelectMany(put => put).ToList();

        Assert.Equal(24, repository.List().Count);
        Assert.All(all, put => Assert.Equal(put.Stream, repository.Get(put.Snapshot)));
        Assert.InRange(repository.Put("name", common).NewChunks!.Value, 0, 1); // the last chunk ends elsewhere
        Assert.True(repository.Files(FileKind.Index).Length < 24);
        Assert.Empty(repository.Leftovers());
    }

    [Fact]
    public async Task Gets_while_puts_merge_the_index_read_what_was_put()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Text(1, 500_000);
        var snapshot = repository.Put("first", stream);
        var putting = Task.Run(() =>
        {
            for (var number = 0; number < 16; number++)
                repository.Put("other", TestBytes.Random(number, 60_000));
        });

        var gets = 0;
        while (!putting.IsCompleted || gets == 0)
        {
            Assert.Equal(stream, repository.Get(snapshot));
            gets++;
        }

        await putting;
        Assert.Equal(17, repository.List().Count);
        Assert.True(repository.Files(FileKind.Index).Length < 16);
    }

    [Fact]
    public void Sweep_leaves_the_files_of_a_living_session_and_takes_those_of_a_dead_one()
    {
        using var repository = TestRepository.New();
        using var living = repository.Store.OpenSession();
        using var unfinished = repository.Store.Create(FileKind.Bundle, living);
        unfinished.Write([1, 2, 3]);
        var dead = Path.Combine(repository.Path, "index", $".{new string('a', 32)}-1.tmp");
        File.WriteAllText(dead, "");
        var orphan = Path.Combine(repository.Path, "locks", $"{new string('b', 32)}.session");
        File.WriteAllText(orphan, "");

        repository.Put("name", [1]);

        Assert.False(File.Exists(dead) || File.Exists(orphan));
        Assert.Equal(unfinished.Commit(), repository.Store.List(FileKind.Bundle).Single(id => repository.Store.Length(FileKind.Bundle, id) == 3));
    }
}
