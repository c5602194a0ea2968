using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Server.Tests.Serving;

/// <summary>What is remembered in the state folder.</summary>
public sealed class StateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Two_that_share_a_folder_see_what_each_other_remembers()
    {
        var (one, other) = (new StateMap(folder.Path, "map"), new StateMap(folder.Path, "map"));
        one.Change(all => all["a"] = "1");
        other.Change(all => all["b"] = "2");
        Assert.Equal(["a", "b"], one.Read().Keys.Order());
        Parallel.For(0, 50, number => (number % 2 == 0 ? one : other).Change(all => all[$"{number}"] = ""));
        Assert.Equal(52, new StateMap(folder.Path, "map").Read().Count);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_left_as_it_is()
    {
        var path = Path.Combine(folder.Path, "map");
        File.WriteAllText(path, "nonsense");
        var map = new StateMap(folder.Path, "map");
        Assert.Empty(map.Read());
        map.Change(all => all["a"] = "1");
        Assert.Equal(("nonsense", "1"), (File.ReadAllText(path), map.Read()["a"]));
    }

    [Fact]
    public void A_failed_put_is_known_until_one_goes_well()
    {
        var failed = new FailedPuts(folder.Path);
        Assert.Throws<RepositoryException>(() => failed.Watch<int>("a", () => throw new RepositoryException(ErrorCode.Full, "No space left")));
        Assert.Throws<RepositoryException>(() => failed.Watch<int>("b", () => throw new RepositoryException(ErrorCode.Denied, "Not allowed")));
        Assert.Throws<OperationCanceledException>(() => failed.Watch<int>("c", () => throw new OperationCanceledException()));
        Assert.Equal([("a", "No space left"), ("c", "it broke off: whoever put it left")], new FailedPuts(folder.Path).All().Select(one => (one.Name, one.Message)).Order());
        Assert.Equal(1, failed.Watch("a", () => 1));
        Assert.Equal(["c"], failed.All().Select(one => one.Name));
    }

    [Fact]
    public void So_many_failed_puts_are_known_and_no_more()
    {
        var failed = new FailedPuts(folder.Path);
        for (var number = 0; number < 1005; number++)
            failed.Add($"n{number}", "why\nnot");
        Assert.Equal(1000, failed.All().Count());
        Assert.DoesNotContain("n0", failed.All().Select(one => one.Name));
    }

    [Fact]
    public void What_was_done_is_told_newest_first_and_what_was_cut_short_is_not()
    {
        var log = new DutyLog(folder.Path);
        log.Record(Duties.Prune, "me", () => 3, count => (DutyResult.Done, $"{count} freed"));
        Assert.Throws<RepositoryException>(() => log.Record<int>(Duties.Check, "me", () => throw new RepositoryException(ErrorCode.Failed, "why"), _ => default));
        Assert.Throws<OperationCanceledException>(() => log.Record<int>(Duties.Check, "me", () => throw new OperationCanceledException(), _ => default));
        Assert.Equal([(Duties.Check, "failed", "why"), (Duties.Prune, "done", "3 freed")], new DutyLog(folder.Path).All().Select(result => (result.Duty, result.Outcome, result.Message)));
        Assert.True(log.Last()[Duties.Prune].IsGood);
    }

    [Fact]
    public void What_a_clock_that_was_ahead_has_noted_counts_until_there_is_something_else()
    {
        var log = new DutyLog(folder.Path);
        log.Record(Duties.Check, "me", () => 0, _ => (ErrorCode.Corrupt.Name(), "ahead"));
        var map = new StateMap(folder.Path, "duties.json");
        map.Change(all =>
        {
            var (key, text) = all.Single();
            all.Remove(key);
            var year = $"{DateTime.UtcNow.Year}";
            all[key.Replace(year, "2999", StringComparison.Ordinal)] = text.Replace(year, "2999", StringComparison.Ordinal);
        });
        Assert.Equal("ahead", log.Last()[Duties.Check].Message);
        log.Record(Duties.Check, "me", () => 0, _ => (DutyResult.Done, "now"));
        Assert.Equal("now", log.Last()[Duties.Check].Message);
    }
}
