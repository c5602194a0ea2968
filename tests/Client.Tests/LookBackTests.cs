using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>Snapshots that were there and no longer are: who has seen them is told, until the user says otherwise.</summary>
public sealed class LookBackTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("list")]
    [InlineData("get", "t")]
    [InlineData("check")]
    [InlineData("put", "t")]
    [InlineData("put", "t", "--quiet")]
    [InlineData("put", "other")]
    public async Task Older_state_of_the_repository_is_told_every_time_by_who_saw_the_newer(params string[] verb)
    {
        await home.Put("t", Tars.Small);
        var newer = await PutAnother("t");
        File.Delete(newer);
        for (var time = 0; time < 3; time++)
        {
            var answer = await home.Feed(Tars.Small, verb);
            Assert.Equal(verb[0] == "check" ? 3 : 0, answer.ExitCode);
            Assert.Contains($"t@{Short(newer)} was here", answer.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_prune_frees_nothing_of_it_before_the_user_says_so()
    {
        await home.Put("t", Bytes.Random(500_000, 1));
        (await home.Run("replicate", "copy")).Succeeded();
        await home.Put("other", [1]);
        File.Delete(home.Repository.Snapshots.Single(path => File.Exists(Path.Combine(home.At("copy/snapshots"), Path.GetFileName(path)))));
        var refused = await home.Run("prune", "--grace", "0s", "--quiet");
        Assert.Equal((3, ""), (refused.ExitCode, refused.Text));
        Assert.Contains("Nothing is freed", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(3, (await home.Run("prune", "--dry-run")).ExitCode);
        var unmended = await home.Run("check", "--repair");
        Assert.Equal(3, unmended.ExitCode);
        Assert.Contains("was here", unmended.Errors, StringComparison.Ordinal);
        (await home.Run("check", "--repair", "--from", "copy")).Succeeded();
        Assert.Equal(Bytes.Random(500_000, 1), (await home.Run("get", "t")).Succeeded().Output);
        (await home.Run("prune")).Succeeded();
    }

    /// <summary>Even to who never saw it: the next one says that it was there.</summary>
    [Fact]
    public async Task Nor_of_one_that_another_was_put_after()
    {
        await home.Put("t", Bytes.Random(500_000, 1));
        var lost = home.Repository.Snapshots.Single();
        await home.Put("t", Bytes.Random(500_000, 2));
        File.Move(lost, home.At("away"));
        Directory.Delete(home.At("state"), recursive: true);
        foreach (var verb in new[] { "prune --dry-run", "prune" })
        {
            var refused = await home.Shell($"streamback {verb}");
            Assert.Equal((3, ""), (refused.ExitCode, refused.Text));
            Assert.Contains("was put after t@", refused.Errors, StringComparison.Ordinal);
            Assert.Contains("Nothing is freed", refused.Errors, StringComparison.Ordinal);
        }

        File.Move(home.At("away"), lost);
        (await home.Run("prune")).Succeeded();
        Assert.Equal(Bytes.Random(500_000, 1), (await home.Run("get", "t@-2")).Succeeded().Output);
        File.Delete(lost);
        (await home.Run("prune", "--give-up-lost")).Succeeded();
        Assert.InRange(home.Repository.Bundles.Sum(path => new FileInfo(path).Length), 500_000, 900_000);
    }

    [Fact]
    public async Task A_check_counts_it_as_a_problem()
    {
        await home.Put("t", Tars.Small);
        File.Delete(await PutAnother("t"));
        var problem = Assert.Single((await home.Run("check", "--json")).Json.GetProperty("problems").EnumerateArray());
        Assert.StartsWith("t@", Assert.Single(problem.GetProperty("snapshots").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_copy_has_not_got_yet_is_no_loss_there_and_what_it_had_is()
    {
        await home.Put("t", Tars.Small);
        (await home.Run("replicate", "copy/")).Succeeded();
        var newer = await PutAnother("t");
        var later = Short(newer);
        Assert.Contains($"t@{later}, which this client saw in {home.Repository.Folder}, is not here", (await home.Run("check", "--repository", "copy")).Succeeded().Errors, StringComparison.Ordinal);
        (await home.Run("check")).Succeeded();
        (await home.Run("replicate", "copy")).Succeeded();
        (await home.Shell("ln -s copy link")).Succeeded();
        Assert.Equal("", (await home.Run("list", "--repository", "link/")).Succeeded().Errors);

        // Whichever was looked at last, it is lost where it was.
        foreach (var place in new[] { home.At("copy"), home.Repository.Folder })
        {
            File.Delete(new RepositoryFiles(place).Snapshots.Single(path => Path.GetFileName(path) == Path.GetFileName(newer)));
            var lost = await home.Run("check", "--repository", place);
            Assert.Equal(3, lost.ExitCode);
            Assert.Contains($"t@{later} was here", lost.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Lines_of_an_earlier_version_say_no_place_and_count()
    {
        await home.Put("t", Tars.Small);
        File.Delete(await PutAnother("t"));
        var memory = Assert.Single(Directory.GetFiles(home.At("state"), "*", SearchOption.AllDirectories));
        File.WriteAllLines(memory, File.ReadAllLines(memory).Select(line => string.Join(' ', line.Split(' ')[..2])));
        Assert.Equal(3, (await home.Run("check")).ExitCode);
    }

    [Fact]
    public async Task Loss_of_all_that_a_name_had_is_told_where_it_is_asked_for()
    {
        await home.Put("other", Tars.Small);
        var gone = await PutAnother("t");
        File.Delete(gone);
        var answer = await home.Run("get", "t");
        Assert.Equal(5, answer.ExitCode);
        Assert.Contains($"t@{Short(gone)} was here", answer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_that_the_message_names_ends_the_message_when_it_is_deleted()
    {
        await home.Put("other", Tars.Small);
        var gone = await PutAnother("t");
        await home.Put("t", Tars.Small);
        var newest = await PutAnother("t");
        File.Delete(newest);
        File.Delete(gone);
        var told = await home.Run("list");
        Assert.Contains($"t@{Short(newest)} was here", told.Errors, StringComparison.Ordinal);
        var memory = Assert.Single(Directory.GetFiles(home.At("state"), "*", SearchOption.AllDirectories));
        Assert.Contains($"delete its line in {memory}", told.Errors, StringComparison.Ordinal);

        var lines = File.ReadAllLines(memory);
        var kept = lines.Where(line => !line.Contains(Path.GetFileName(newest), StringComparison.Ordinal)).ToList();
        Assert.Equal(lines.Length - 1, kept.Count);
        File.WriteAllLines(memory, kept);
        Assert.DoesNotContain("was here", (await home.Run("list")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Contains(File.ReadAllLines(memory), line => line.StartsWith("other ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Snapshot_that_comes_back_is_no_longer_told()
    {
        await home.Put("t", Tars.Small);
        var newer = await PutAnother("t");
        File.Move(newer, home.At("away"));
        await home.Put("t", Tars.Small);
        Assert.NotEqual("", (await home.Run("list")).Errors);
        File.Move(home.At("away"), newer);
        Assert.Equal("", (await home.Run("list")).Succeeded().Errors);
    }

    [Fact]
    public async Task Gap_before_a_snapshot_is_told_once_by_list_and_by_get_of_its_name()
    {
        await home.Put("other", Tars.Small);
        var first = await PutAnother("t");
        Directory.Move(home.At("state"), home.At("remembered"));
        await home.Put("t", Tars.Small);
        File.Delete(first);
        var gap = $"was put after t@{Short(first)}, which is gone";
        Assert.Contains(gap, (await home.Run("list")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Contains(gap, (await home.Run("get", "t")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Equal("", (await home.Run("get", "other")).Succeeded().Errors);

        // Who saw the first one as the newest is told of it as such, and of nothing twice.
        Directory.Delete(home.At("state"), recursive: true);
        Directory.Move(home.At("remembered"), home.At("state"));
        var both = (await home.Run("list")).Succeeded().Errors;
        Assert.Contains("was here", Assert.Single(both.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_manifest_is_told_as_damage_and_not_as_loss()
    {
        await home.Put("other", Tars.Small);
        var damaged = await PutAnother("t");
        RepositoryFiles.Flip(damaged, new FileInfo(damaged).Length / 2);
        foreach (var answer in new[] { await home.Run("list"), await home.Run("get", "t"), await home.Run("check"), await home.Feed(Tars.Small, "put", "t"), await home.Run("list") })
        {
            Assert.Contains(Path.GetFileName(damaged), answer.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("gone", answer.Errors, StringComparison.Ordinal);
        }

        // It was not forgotten for that.
        File.Delete(damaged);
        Assert.Contains($"t@{Short(damaged)} was here", (await home.Run("list")).Errors, StringComparison.Ordinal);
    }

    private static string Short(string manifest) => Path.GetFileName(manifest)[..8];

    private async Task<string> PutAnother(string name)
    {
        var before = home.Repository.Snapshots;
        await home.Put(name, Bytes.Random(1000, before.Length));
        return Assert.Single(home.Repository.Snapshots.Except(before));
    }
}
