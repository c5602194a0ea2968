using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary><c>check --repair</c>: each kind of file deleted, cut short and flipped, with another copy and without one.</summary>
public sealed class RepairTests : IDisposable
{
    private static readonly byte[] Big = Bytes.Random(3_000_000, 1);

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    public static TheoryData<string, string> Damages()
    {
        var rows = new TheoryData<string, string>();
        foreach (var kind in new[] { "bundles", "index", "snapshots", "labels", "removals", "config" })
        {
            foreach (var how in new[] { "delete", "truncate", "flip" })
                rows.Add(kind, how);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task From_a_copy_everything_comes_back(string kind, string how)
    {
        await Fill("copy");
        var before = Sums("data/streamback");
        var damaged = Files(kind);
        damaged.ForEach(path => Damage(path, how));
        var mended = await home.Run("check", "--read-data", "--repair", "--from", "copy", "--json");
        Assert.True(mended.ExitCode == 0, mended.Text + mended.Errors);

        Assert.NotEmpty(mended.Json.GetProperty("mended").EnumerateArray());
        (await home.Run("check", "--read-data")).Succeeded();
        await AssertWhole();

        // Nobody takes anything out of quarantine.
        (await home.Run("prune", "--quiet")).Succeeded();
        (await home.Run("check", "--repair", "--quiet")).Succeeded();

        // File by file what it was, and what was damaged is kept.
        if (kind != "index")
            Assert.Equal(before.Where(Is(kind)), Sums("data/streamback").Where(Is(kind)));
        if (how != "delete")
            Assert.Equal(damaged.Count, Directory.GetFiles(home.At("data/streamback/quarantine")).Length);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Without_a_copy_what_is_sound_is_saved_and_the_rest_is_told(string kind, string how)
    {
        await Fill();
        var damaged = kind == "bundles" ? [LargestBundle()] : Files(kind);
        damaged.ForEach(path => Damage(path, how));
        var mended = await home.Run("check", "--read-data", "--repair", "--json");
        var left = mended.Json.GetProperty("problems").EnumerateArray().ToList();
        Assert.Equal(left.Count == 0 ? 0 : 3, mended.ExitCode);
        if (kind == "bundles")
        {
            // Where its list of chunks is gone, the names of members may be as well.
            var members = left.SelectMany(problem => problem.GetProperty("members").EnumerateArray()).Select(member => member.GetString()!).ToList();
            Assert.All(members, member => Assert.StartsWith("web1/etc@", member, StringComparison.Ordinal));
            Assert.True(members.Exists(member => member.EndsWith(": tree/big", StringComparison.Ordinal)) || (how != "flip" && mended.Errors.Contains("is not known", StringComparison.Ordinal)), mended.Text + mended.Errors);
            if (how == "flip")
                Assert.DoesNotContain(members, member => member.EndsWith(": tree/small", StringComparison.Ordinal));
            Assert.Equal([7], (await home.Run("get", "db/shop")).Succeeded().Output);

            // The same put again heals the old snapshot, too.
            (await home.Shell("tar c tree | streamback put again --quiet")).Succeeded();
        }
        else
        {
            // A deleted one nobody misses, but for a snapshot that this client has seen.
            Assert.Equal((how == "delete" && kind != "snapshots") || kind is "index" or "config", left.Count == 0);
        }

        if (kind != "snapshots")
        {
            (await home.Run("check", "--read-data")).Succeeded();
            await AssertWhole();
            return;
        }

        // Who saw it is told, until that is forgotten.
        var again = await home.Run("check", "--read-data");
        Assert.Equal(3, again.ExitCode);
        Assert.Contains("was here when this client last looked", again.Errors, StringComparison.Ordinal);
        Directory.Delete(home.At("state"), recursive: true);
        (await home.Run("check", "--read-data")).Succeeded();
    }

    [Fact]
    public async Task What_is_needed_and_came_to_the_trash_is_brought_back()
    {
        await home.Put("a", Bytes.Random(100_000, 1));
        (await home.Shell("cd data/streamback; for b in $(find bundles -type f); do mkdir -p trash/bundles; mv $b trash/bundles/; done")).Succeeded();
        Assert.Equal(Bytes.Random(100_000, 1), (await home.Run("get", "a")).Succeeded().Output);
        Assert.Equal(3, (await home.Run("check")).ExitCode);
        Assert.Contains("back from the trash", (await home.Run("check", "--repair")).Succeeded().Errors, StringComparison.Ordinal);
        (await home.Run("check", "--read-data")).Succeeded();
    }

    [Fact]
    public async Task While_a_removal_record_is_damaged_nothing_is_removed_and_it_is_said_what_mends_it()
    {
        await Fill();
        Files("removals").ForEach(path => Damage(path, "flip"));
        (await home.Run("remove", "db/shop@latest")).FailedWith(3, "check --repair");
        var prune = await home.Run("prune"); // to this client what was removed looks lost
        Assert.Equal((3, ""), (prune.ExitCode, prune.Text));
        Assert.Contains("check --repair", prune.Errors, StringComparison.Ordinal);
        Assert.Equal([7], (await home.Run("get", "db/shop")).Succeeded().Output);
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_read_is_told_by_name_and_streams_that_are_sound_are_not_called_lost()
    {
        foreach (var number in Enumerable.Range(1, 4))
            await home.Put("db/shop", Bytes.Random(100_000, number));
        var ids = (await home.Run("list", "db/shop", "--json")).Succeeded().Lines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!).ToList();
        Damage(home.Repository.Snapshots.Single(path => path.EndsWith(ids[0], StringComparison.Ordinal)), "flip");
        File.Delete(home.Repository.Snapshots.Single(path => path.EndsWith(ids[2], StringComparison.Ordinal)));
        var check = await home.Run("check", "--repair");
        Assert.Equal(3, check.ExitCode);
        Assert.Contains($"touches db/shop@{ids[0][..8]}", check.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("lost:", check.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("is not known", check.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_key_and_config_it_is_said_what_helps()
    {
        await Fill("copy");
        using var other = new Home();
        (await other.Shell($"cp -r {home.At("copy")} copy; rm copy/config")).Succeeded();
        (await other.Run("check", "--repository", "copy")).FailedWith(3, "config of");
        (await other.Run("check", "--repository", "copy", "--repair", "--key-file", home.KeyFile)).Succeeded();
        (await other.Run("check", "--repository", "copy")).Succeeded();
    }

    [Fact]
    public async Task Who_has_no_key_mends_a_copy_by_names_alone()
    {
        await Fill("copy");
        using var other = new Home();
        (await other.Shell($"cp -r {home.At("copy")} copy")).Succeeded();
        var files = new RepositoryFiles(other.At("copy"));
        RepositoryFiles.Flip(files.Bundles[0], 300);
        File.Delete(files.Bundles[1]);

        // One that was removed there meanwhile would not come from there.
        var kept = home.Repository.Snapshots.Select(Path.GetFileName).ToHashSet();
        RepositoryFiles.Flip(files.Snapshots.First(path => kept.Contains(Path.GetFileName(path))), 100);
        File.Delete(files.Config);
        File.Copy(home.Repository.Config, files.Config);
        Assert.Equal(3, (await other.Run("check", "--read-data", "--repository", "copy")).ExitCode);
        (await other.Run("check", "--read-data", "--repair", "--from", home.Repository.Folder, "--repository", "copy")).Succeeded();
        (await home.Run("check", "--read-data", "--repository", other.At("copy"))).Succeeded();
        Assert.Equal([7], (await home.Run("get", "db/shop", "--repository", other.At("copy"))).Succeeded().Output);
    }

    [Fact]
    public async Task Without_the_key_nothing_comes_back_that_may_have_been_removed()
    {
        await home.Put("a", Bytes.Random(1000, 1));
        await home.Put("b", Bytes.Random(1000, 2));
        (await home.Run("replicate", "copy")).Succeeded();
        (await home.Run("remove", "a@latest")).Succeeded();
        (await home.Run("prune", "--grace", "0s")).Succeeded();
        using var other = new Home();
        (await other.Shell($"cp -r {home.Repository.Folder} main; rm $(find main/bundles -type f)")).Succeeded();
        Assert.Contains("1 snapshot that", (await other.Run("check", "--repair", "--from", home.At("copy"), "--repository", "main")).Errors, StringComparison.Ordinal);
        Assert.Equal(["b"], (await home.Run("list", "--json", "--repository", other.At("main"))).Lines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()));
        (await home.Run("check", "--read-data", "--repository", other.At("main"))).Succeeded();
    }

    [Fact]
    public async Task A_copy_behind_a_server_helps_and_one_that_is_damaged_as_well_does_not()
    {
        await Fill("one", "two");
        var bundle = LargestBundle();
        var same = new RepositoryFiles(home.At("one")).Bundles.Single(path => Path.GetFileName(path) == Path.GetFileName(bundle));
        RepositoryFiles.Flip(bundle, 5000);
        RepositoryFiles.Flip(same, 6000);
        using var far = new Home();
        (await far.Shell($"mkdir -p data; cp -r {home.At("two")} data/streamback")).Succeeded();
        var token = await ServerProcess.Token(far, "read", "objects");
        using var server = await ServerProcess.Start(far);
        home.Token = token;
        var mended = await home.Run("check", "--read-data", "--repair", "--from", "one", "--from", server.Address);
        Assert.Equal(0, mended.ExitCode);
        Assert.Contains($"came from {server.Address}", mended.Errors, StringComparison.Ordinal);
        Assert.Contains($"one does not help", mended.Errors, StringComparison.Ordinal);
        await AssertWhole();
    }

    [Fact]
    public async Task A_snapshot_that_somebody_removed_does_not_come_back_and_one_that_was_lost_does()
    {
        await Fill("copy");
        var id = (await home.Run("show", "db/shop", "--json")).Succeeded().Json.GetProperty("id").GetString()!;
        (await home.Run("remove", "web1/etc@latest")).Succeeded();
        (await home.Run("prune", "--grace", "0s")).Succeeded();
        File.Delete(Path.Combine(home.Repository.Folder, "snapshots", id));
        var mended = (await home.Run("check", "--repair", "--from", "copy")).Succeeded();
        Assert.Contains("came from copy", mended.Errors, StringComparison.Ordinal);
        Assert.Equal([7], (await home.Run("get", "db/shop")).Succeeded().Output);
        Assert.DoesNotContain("web1/etc", (await home.Run("list")).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        await home.Put("a", [1]);
        (await home.Run("check", "--from", "copy")).FailedWith(2, "--repair");
        (await home.Run("check", "--repair", "--from", "nowhere")).FailedWith(5, "nowhere");
        using var server = await StartServer();
        (await home.Run("check", "--repair", "--repository", server.Address)).FailedWith(2, "own machine");
        using var other = new Home();
        await other.Put("b", [2]);
        var refused = await home.Run("check", "--repair", "--from", other.Repository.Folder);
        Assert.Equal(6, refused.ExitCode);
    }

    [Fact]
    public async Task A_put_key_mends_from_copies_and_leaves_what_it_cannot_open()
    {
        await Fill("copy");
        (await home.Run("key", "export-put", "put.key")).Succeeded();
        RepositoryFiles.Flip(LargestBundle(), 5000);
        var alone = await home.Run("check", "--read-data", "--repair", "--key-file", "put.key");
        Assert.Equal(3, alone.ExitCode);
        Assert.Contains("stays where it is", alone.Errors, StringComparison.Ordinal);
        (await home.Run("check", "--read-data", "--repair", "--from", "copy", "--key-file", "put.key")).Succeeded();
        (await home.Run("check", "--read-data")).Succeeded();
        await AssertWhole();
    }

    // A tar with a big file and small ones, a stream, a label, and a removal.
    private async Task Fill(params string[] copies)
    {
        (await home.Shell("mkdir tree; echo small > tree/small; echo first > tree/a-first")).Succeeded();
        home.Write("tree/big", Big);
        (await home.Shell("""
            set -e
            tar c tree | streamback put web1/etc --quiet; streamback tag web1/etc labelled
            printf '\a' | streamback put db/shop --quiet
            echo gone | streamback put gone --quiet
            for copy in "$@"; do streamback replicate $copy --quiet; done
            streamback remove gone@latest
            for copy in "$@"; do streamback replicate $copy --quiet; done
            """.Replace("\"$@\"", string.Join(' ', copies), StringComparison.Ordinal))).Succeeded();
    }

    private async Task AssertWhole() => (await home.Shell("set -eo pipefail; rm -rf out; mkdir out; streamback get web1/etc | tar x -C out; diff -r tree out/tree")).Succeeded();

    private async Task<ServerProcess> StartServer()
    {
        home.Token = await ServerProcess.Token(home, "all", "get,list,maintain,objects");
        return await ServerProcess.Start(home);
    }

    private List<string> Files(string kind) => kind == "config" ? [home.Repository.Config] : [.. Directory.GetFiles(Path.Combine(home.Repository.Folder, kind), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private string LargestBundle() => home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;

    private static void Damage(string path, string how)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (how == "delete")
            File.Delete(path);
        else if (how == "flip")
            RepositoryFiles.Flip(path, new FileInfo(path).Length / 2);
        else
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..(int)(new FileInfo(path).Length / 2)]);
    }

    private SortedDictionary<string, string> Sums(string repository) => new RepositoryFiles(home.At(repository)).Fingerprint();

    private static Func<KeyValuePair<string, string>, bool> Is(string kind) => file => file.Key.Contains($"/streamback/{kind}", StringComparison.Ordinal);
}
