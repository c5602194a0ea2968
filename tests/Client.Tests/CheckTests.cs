using System.Text.Json;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;

namespace StreamBack.Client.Tests;

/// <summary>The verbs <c>check</c> and <c>stats</c>.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly Home home = new();

    /// <summary>On a rescue system nothing can be remembered; and that a stream was right once says nothing once it is not.</summary>
    [Fact]
    public async Task What_verify_found_is_told_where_it_cannot_be_remembered_and_forgotten_when_it_is_no_longer_so()
    {
        await home.Put("t", Bytes.Random(300_000, 1));
        await File.WriteAllTextAsync(home.At("file"), "");
        Assert.Contains("not remembered", (await home.Run("verify", "t", "--state", "file/below")).Succeeded().Errors, StringComparison.Ordinal);
        (await home.Run("verify", "t")).Succeeded();
        Assert.True((await home.Run("show", "t", "--json")).Json.TryGetProperty("verified", out _));
        var bundle = home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        RepositoryFiles.Flip(bundle, 5000);
        Assert.Equal(3, (await home.Run("verify", "t")).ExitCode);
        Assert.False((await home.Run("show", "t", "--json")).Json.TryGetProperty("verified", out _));
    }

    [Fact]
    public async Task Without_the_key_nobody_is_asked_for_it()
    {
        home["STREAMBACK_PASSPHRASE"] = "correct horse";
        (await home.Run("init", "--repository", "wrapped", "--passphrase")).Succeeded();
        (await home.Feed([1], "put", "t", "--repository", "wrapped")).Succeeded();
        home["STREAMBACK_PASSPHRASE"] = null;
        Assert.Equal(6, (await home.Run("check", "--read-data", "--repository", "wrapped")).ExitCode);
        (await home.Run("check", "--read-data", "--without-key", "--repository", "wrapped")).Succeeded();
    }

    [Fact]
    public async Task Sound_repository_is_well_and_its_sizes_add_up()
    {
        await home.Put("a", Tars.Small);
        await home.Put("b", Bytes.Random(2_000_000, 1));
        Assert.Contains("2 snapshots", (await home.Run("check")).Succeeded().Text, StringComparison.Ordinal);
        Assert.True((await home.Run("check", "--read-data", "--json")).Succeeded().Json.GetProperty("dataVerified").GetBoolean());
        var stats = (await home.Run("stats", "--json")).Succeeded().Json;
        Assert.Equal(home.Repository.Length - new FileInfo(home.Repository.Config).Length, stats.GetProperty("totalBytes").GetInt64());
        Assert.Equal(2_000_000 + Tars.Small.Length, stats.GetProperty("streamBytes").GetInt64());
    }

    [Fact]
    public async Task Missing_bundle_is_named_with_the_snapshots_that_need_it_and_no_other()
    {
        await home.Put("hit", Bytes.Random(2_000_000, 1));
        var bundle = home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        await home.Put("hit/too", [.. Bytes.Random(2_000_000, 1), 1]);
        await home.Put("other", Bytes.Random(500_000, 2));
        File.Delete(bundle);
        AssertProblem(await home.Run("check", "--json"), Path.GetFileName(bundle), "hit", "hit/too");
    }

    [Fact]
    public async Task Changed_byte_in_a_frame_shows_when_data_is_read_and_touches_only_what_uses_it()
    {
        await home.Put("hit", Bytes.Random(2_000_000, 1));
        var bundle = home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        await home.Put("other", Bytes.Random(500_000, 2));
        RepositoryFiles.Flip(bundle, new FileInfo(bundle).Length / 2);
        (await home.Run("check")).Succeeded();
        AssertProblem(await home.Run("check", "--read-data", "--json"), Path.GetFileName(bundle), "hit");
        Assert.Equal(3, (await home.Run("check", "--read-data")).ExitCode);
    }

    [Fact]
    public async Task Damaged_index_file_touches_no_snapshot_and_the_next_put_replaces_it()
    {
        await home.Put("t", Tars.Small);
        var index = Assert.Single(Directory.GetFiles(Path.Combine(home.Repository.Folder, "index")));
        RepositoryFiles.Flip(index, new FileInfo(index).Length / 2);
        AssertProblem(await home.Run("check", "--json"), Path.GetFileName(index));
        Assert.Equal(Tars.Small, (await home.Run("get", "t")).Succeeded().Output);
        await home.Put("t", Tars.Small);
        (await home.Run("check")).Succeeded();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Config_that_is_missing_or_damaged_is_a_problem_that_touches_no_snapshot(bool missing)
    {
        await home.Put("t", Tars.Small);
        if (missing)
            File.Delete(home.Repository.Config);
        else
            RepositoryFiles.Flip(home.Repository.Config, 20);
        AssertProblem(await home.Run("check", "--json"), "config");
        AssertProblem(await home.Run("check", "--read-data", "--json"), "config");
        Assert.DoesNotContain("all is well", (await home.Run("check")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_index_is_told_in_a_line_and_is_no_problem()
    {
        await home.Put("t", Tars.Small);
        File.Delete(Assert.Single(Directory.GetFiles(Path.Combine(home.Repository.Folder, "index"))));
        var answer = (await home.Run("check")).Succeeded();
        Assert.Contains("all is well", answer.Text, StringComparison.Ordinal);
        Assert.Contains("No index file covers", Assert.Single(answer.Errors.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        await home.Put("t", Tars.Small);
        Assert.Empty((await home.Run("check")).Succeeded().Errors);
    }

    [Fact]
    public async Task Missing_manifest_is_told_by_the_one_that_came_after_it()
    {
        await home.Put("t", Tars.Small);
        var first = Assert.Single(home.Repository.Snapshots);
        await home.Put("t", Bytes.Random(1000, 1));
        File.Delete(first);
        AssertProblem(await home.Run("check", "--json"), Path.GetFileName(first), "t");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check_knows_beforehand_how_much_it_will_read(bool readData)
    {
        await home.Put("t", Bytes.Random(2_000_000, 1));
        var progress = new TransferProgress();
        var key = new KeyMaterial(File.ReadAllBytes(home.KeyFile), home.KeyFile, () => null);
        using var repository = EmbeddedRepository.Open(home.Repository.Folder, key, Assert.Fail);
        var report = repository.Check(readData ? CheckRequest.AllData : CheckRequest.Structure, progress, CancellationToken.None);
        Assert.Equal((progress.Total, report.BytesRead), (progress.Bytes, readData ? repository.Stats().TotalBytes : progress.Total));
        Assert.InRange(report.BytesRead, 1, progress.Total);
    }

    [Fact]
    public async Task One_of_a_kind_is_counted_as_one()
    {
        Assert.Contains(" in 1 chunk, ", (await home.Feed("x"u8.ToArray(), "put", "t")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.StartsWith("1 snapshot, 1 bundle, 1 chunk, ", (await home.Run("check")).Succeeded().Text, StringComparison.Ordinal);
    }

    public void Dispose() => home.Dispose();

    private static void AssertProblem(Answer answer, string what, params string[] snapshots)
    {
        Assert.Equal(3, answer.ExitCode);
        var problem = Assert.Single(answer.Json.GetProperty("problems").EnumerateArray());
        Assert.EndsWith(what, problem.GetProperty("object").GetString(), StringComparison.Ordinal);
        Assert.Equal(snapshots, problem.GetProperty("snapshots").EnumerateArray().Select(Name).Order(StringComparer.Ordinal));
    }

    private static string Name(JsonElement snapshot) => snapshot.GetString()!.Split('@')[0];
}
