using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Copies of a repository, in a folder, behind ssh and behind a server; the copy has no key.</summary>
public sealed class ReplicateTests : IDisposable
{
    private readonly Home home = new();
    private SshServer? sshd;

    public void Dispose()
    {
        sshd?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task A_copy_in_a_folder_has_all_of_it_and_is_sent_only_what_is_missing()
    {
        var (one, two) = (Bytes.Random(3_000_000, 1), Bytes.Random(500_000, 2));
        await home.Put("web1/etc", one, "--tag", "first");
        var first = (await home.Run("replicate", "copy", "--json")).Succeeded().Json;
        Assert.Equal(1, first.GetProperty("snapshots").GetInt32());
        Assert.True(first.GetProperty("bytes").GetInt64() > one.Length);
        Assert.Equal((0, 0), Sent((await home.Run("replicate", "copy", "--json")).Succeeded()));
        await home.Put("db/shop", two);
        (await home.Run("tag", "web1/etc", "later")).Succeeded();
        var second = (await home.Run("replicate", "copy", "--json")).Succeeded();
        Assert.True(second.Json.GetProperty("bytes").GetInt64() < 1_500_000);

        // As good as the original for who has the key; and nobody keeps one there.
        Assert.Empty(Directory.EnumerateFiles(home.At("copy/keys")));
        Assert.Equal(one, (await home.Run("get", "web1/etc", "--repository", "copy")).Succeeded().Output);
        Assert.Equal(two, (await home.Run("get", "db/shop", "--repository", "copy")).Succeeded().Output);
        Assert.Contains("later", (await home.Run("list", "web1/", "--repository", "copy")).Succeeded().Text, StringComparison.Ordinal);
        (await home.Run("check", "--read-data", "--repository", "copy")).Succeeded();
    }

    [Fact]
    public async Task A_copy_can_be_verified_without_any_key()
    {
        await home.Put("web1/etc", Bytes.Random(300_000, 1));
        (await home.Run("replicate", "copy")).Succeeded();
        using var other = new Home();
        (await other.Shell($"cp -r {home.At("copy")} copy")).Succeeded();
        Assert.Equal("all is well", (await other.Run("check", "--read-data", "--repository", "copy")).Succeeded().Text.Trim().Split(": ")[^1]);
        RepositoryFiles.Flip(new RepositoryFiles(other.At("copy")).Bundles[0], 5000);
        var check = await other.Run("check", "--read-data", "--repository", "copy");
        Assert.Equal(3, check.ExitCode);
        Assert.Contains("hashes to", check.Errors, StringComparison.Ordinal);
        (await other.Run("get", "web1/etc", "--repository", "copy")).FailedWith(6, "key");
    }

    [Fact]
    public async Task What_was_verified_in_one_copy_has_yet_to_be_in_another()
    {
        await home.Put("web1/etc", Bytes.Random(3_000_000, 1));
        await home.Put("db/shop", Bytes.Random(300_000, 2));
        (await home.Run("replicate", "copy")).Succeeded();
        (await home.Run("check", "--read-data=1%")).Succeeded();

        // The first by its name is where both begin.
        RepositoryFiles.Flip(new RepositoryFiles(home.At("copy")).Bundles.MinBy(Path.GetFileName, StringComparer.Ordinal)!, 100);
        Assert.Equal(3, (await home.Run("check", "--read-data=1%", "--repository", "copy")).ExitCode);
        (await home.Run("check", "--read-data=1%")).Succeeded();
        (await home.Run("verify", "db/shop")).Succeeded();
        Assert.True((await home.Run("show", "db/shop", "--json", "--repository", home.Repository.Folder)).Json.TryGetProperty("verified", out _));
        Assert.False((await home.Run("show", "db/shop", "--json", "--repository", "copy")).Json.TryGetProperty("verified", out _));
    }

    [Fact]
    public async Task Nothing_is_removed_from_a_copy_but_by_prune_and_it_rests_there_for_the_grace_of_that_side()
    {
        await home.Put("web1/etc", Bytes.Random(400_000, 1));
        await home.Put("web1/etc", Bytes.Random(400_000, 2));
        (await home.Run("replicate", "copy")).Succeeded();
        (await home.Run("remove", "web1/etc@-2")).Succeeded();
        (await home.Run("prune", "--grace", "0s")).Succeeded();
        (await home.Run("replicate", "copy")).Succeeded();
        Assert.Equal(2, await Count("copy"));
        var pruned = (await home.Run("replicate", "copy", "--prune", "--json")).Succeeded().Json;
        Assert.Equal((1, 0), (pruned.GetProperty("removed").GetInt32(), pruned.GetProperty("freedBytes").GetInt64()));
        Assert.Equal(1, await Count("copy"));

        // It rests, whatever the grace was here, and whoever has the key takes it back.
        (await home.Run("prune", "--repository", "copy")).Succeeded();
        (await home.Run("undelete", "web1/etc", "--repository", "copy")).Succeeded();
        Assert.Equal(Bytes.Random(400_000, 1), (await home.Run("get", "web1/etc@-2", "--repository", "copy")).Succeeded().Output);
        Assert.Equal(2, await Count("copy"));
    }

    [Fact]
    public async Task Nothing_is_removed_from_a_copy_by_a_record_after_which_there_is_one_that_cannot_be_read()
    {
        await home.Put("a", Bytes.Random(1000, 1));
        await home.Put("b", Bytes.Random(1000, 2));
        (await home.Run("replicate", "copy")).Succeeded();
        (await home.Run("remove", "a@latest")).Succeeded();
        (await home.Run("undelete", "a")).Succeeded();
        var snapshot = (await home.Run("show", "a", "--json")).Json.GetProperty("id").GetString()!;
        var undeleted = new DirectoryInfo(home.At("data/streamback/removals")).GetFiles("*", SearchOption.AllDirectories).MaxBy(file => file.LastWriteTimeUtc)!;
        (await home.Run("replicate", "copy")).Succeeded();
        RepositoryFiles.Flip(undeleted.FullName, undeleted.Length / 2);
        File.Delete(home.Repository.Snapshots.Single(path => Path.GetFileName(path) == snapshot));

        // The copy has a right one.
        Assert.Equal(0, (await home.Run("replicate", "copy", "--prune", "--json")).Json.GetProperty("removed").GetInt32());
        Assert.Equal(2, await Count("copy"));

        // Nobody has.
        RepositoryFiles.Flip(Directory.GetFiles(home.At("copy/removals"), undeleted.Name, SearchOption.AllDirectories).Single(), undeleted.Length / 2);
        var refused = await home.Run("replicate", "copy", "--prune");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("nothing is removed there", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(2, await Count("copy"));
    }

    [Fact]
    public async Task Behind_a_server_without_a_key_a_copy_is_kept_pruned_and_checked()
    {
        var stream = Bytes.Random(2_000_000, 1);
        await home.Put("web1/etc", stream);
        await home.Put("old", Bytes.Random(700_000, 2));
        using var far = await FarCopy();
        var token = await ServerProcess.Token(far, "copy", "objects,objects-put,remove,maintain");
        using var server = await ServerProcess.Start(far, "--grace", "0s");
        far.Token = home.Token = token;
        (await home.Run("replicate", server.Address)).Succeeded();
        Assert.Equal(0, Sent((await home.Run("replicate", server.Address, "--json")).Succeeded()).Objects);
        (await home.Run("remove", "old@latest")).Succeeded();
        (await home.Run("prune", "--grace", "0s")).Succeeded();
        home.Token = await ServerProcess.Token(far, "weak", "objects,objects-put");
        (await home.Run("replicate", server.Address, "--prune")).FailedWith(6, "the token must allow remove");
        home.Token = token;
        var pruned = (await home.Run("replicate", server.Address, "--prune", "--json")).Succeeded().Json;
        Assert.Equal(1, pruned.GetProperty("removed").GetInt32());

        // Who has the key gets from it; its own check needs none.
        Assert.Equal(stream, (await home.Run("get", "web1/etc", "--repository", server.Address)).Succeeded().Output);
        Assert.Contains("all is well", (await far.Run("check", "--read-data", "--repository", server.Address)).Succeeded().Text, StringComparison.Ordinal);
        Assert.Equal(200, await server.Status(token, $"{server.Address}/metrics"));
        Assert.Equal(403, await server.Status(token, $"-T /dev/null {server.Snapshots}/x"));

        // What it no longer needs is given back when nobody reads any more who may have begun before it went.
        Assert.Equal(0, await server.Signal("TERM"));
        Assert.True((await far.Run("prune", "--json")).Succeeded().Json.GetProperty("freedBytes").GetInt64() > 700_000);
        Assert.Equal(stream, (await home.Run("get", "web1/etc", "--repository", far.At("data/streamback"))).Succeeded().Output);
    }

    [Fact]
    public async Task A_server_with_a_key_sees_for_itself_what_was_removed()
    {
        await home.Put("web1/etc", Bytes.Random(500_000, 1));
        using var far = await FarCopy();
        (await home.Run("key", "export-put", far.At("put.key"))).Succeeded();
        far["STREAMBACK_KEY_FILE"] = far.At("put.key");
        home.Token = await ServerProcess.Token(far, "copy", "objects,objects-put,remove,maintain");
        using var server = await ServerProcess.Start(far);
        (await home.Run("replicate", server.Address)).Succeeded();
        var id = Path.GetFileName(home.Repository.Snapshots[0]);
        var bundle = Path.GetFileName(home.Repository.Bundles[0]);
        Assert.Equal(403, await server.Status(home.Token, $"-X DELETE {server.Address}/api/v1/objects/snapshots/{id}"));
        Assert.Equal(403, await server.Status(home.Token, $"-X DELETE {server.Address}/api/v1/objects/bundles/{bundle}"));
        Assert.Equal(400, await server.Status(home.Token, $"-X DELETE {server.Address}/api/v1/objects/removals/{id}"));
        (await far.Run("hold", "web1/etc@latest")).Succeeded();
        (await home.Run("remove", "web1/etc@latest")).Succeeded();
        Assert.Contains("held", (await home.Run("replicate", server.Address, "--prune")).Succeeded().Errors, StringComparison.Ordinal);
        (await far.Run("release", "web1/etc@latest")).Succeeded();
        Assert.Equal(1, (await home.Run("replicate", server.Address, "--prune", "--json")).Succeeded().Json.GetProperty("removed").GetInt32());
        Assert.Equal(0, await Count(far.At("data/streamback")));
        (await far.Run("undelete", "web1/etc")).Succeeded();

        // Removed here and taken back there: the newest word counts.
        Assert.Equal(0, (await home.Run("replicate", server.Address, "--prune", "--json")).Succeeded().Json.GetProperty("removed").GetInt32());
    }

    [Fact]
    public async Task Over_ssh_a_copy_is_made_where_there_is_nothing_and_no_key_goes_there()
    {
        await home.Put("seed", [1]);
        sshd = await SshServer.Start(home);
        var stream = Bytes.Random(1_500_000, 1);
        await home.Put("web1/etc", stream);
        Directory.CreateDirectory(home.At("elsewhere"));
        var address = $"ssh://host{home.At("elsewhere/copy's")}";
        (await home.Run("replicate", address, "--quiet")).Succeeded();
        Assert.Equal(0, Sent((await home.Run("replicate", address, "--json")).Succeeded()).Objects);
        Assert.Equal(stream, (await home.Run("get", "web1/etc", "--repository", address)).Succeeded().Output);
        Assert.Empty(Directory.EnumerateFiles(home.At("elsewhere/copy's/keys")));
        (await home.Run("remove", "seed@latest")).Succeeded();
        (await home.Run("replicate", address, "--prune")).Succeeded();
        Assert.Equal(1, await Count(home.At("elsewhere/copy's")));
    }

    [Fact]
    public async Task A_machine_fetches_its_copy_from_a_server()
    {
        var stream = Bytes.Random(1_000_000, 1);
        await home.Put("web1/etc", stream);
        var token = await ServerProcess.Token(home, "fetch", "objects");
        using var server = await ServerProcess.Start(home);
        using var other = new Home { Token = token };
        (await other.Run("replicate", "copy", "--repository", server.Address)).Succeeded();
        (await other.Run("replicate", "copy", "--prune", "--repository", server.Address)).FailedWith(6, "Without a key");
        Assert.Equal(stream, (await home.Run("get", "web1/etc", "--repository", other.At("copy"))).Succeeded().Output);
        other.Token = await ServerProcess.Token(home, "wrong", "get,list");
        (await other.Run("replicate", "copy2", "--repository", server.Address)).FailedWith(6, "objects");
    }

    [Fact]
    public async Task What_is_damaged_here_is_not_sent_and_what_rests_on_it_is_told()
    {
        await home.Put("sound", Bytes.Random(600_000, 1));
        var before = home.Repository.Bundles;
        await home.Put("broken", Bytes.Random(600_000, 2));
        var bundle = home.Repository.Bundles.Except(before).MaxBy(path => new FileInfo(path).Length)!;
        RepositoryFiles.Flip(bundle, 100_000);
        var answer = await home.Run("replicate", "copy", "--json");
        Assert.Equal(3, answer.ExitCode);
        Assert.Equal(1, answer.Json.GetProperty("snapshots").GetInt32());
        var problem = answer.Json.GetProperty("problems")[0];
        Assert.Contains(Path.GetFileName(bundle), problem.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("broken@", problem.GetProperty("snapshots")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(Bytes.Random(600_000, 1), (await home.Run("get", "sound", "--repository", "copy")).Succeeded().Output);
        Assert.Equal(5, (await home.Run("get", "broken", "--repository", "copy")).ExitCode);
        (await home.Run("check", "--read-data", "--repository", "copy")).Succeeded();
        var told = await home.Run("replicate", "copy");
        Assert.Equal(3, told.ExitCode);
        Assert.Contains("not sent: broken@", told.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_its_key_nothing_goes_from_a_repository_that_was_not_made_to_hold_copies()
    {
        await home.Put("a", Bytes.Random(200_000, 1));
        using var other = new Home();
        (await other.Shell($"mkdir data; cp -r {home.Repository.Folder} data/streamback")).Succeeded();
        (await other.Run("prune", "--grace", "0s")).FailedWith(6, "--key-file");
        other.Token = await ServerProcess.Token(other, "all", "objects,objects-put,remove,maintain");
        using var server = await ServerProcess.Start(other);
        Assert.Equal(403, await server.Status(other.Token, $"-X DELETE {server.Address}/api/v1/objects/snapshots/{Path.GetFileName(home.Repository.Snapshots[0])}"));
        Assert.Equal(403, await server.Status(other.Token, $"-X PUT -d x {server.Address}/api/v1/session-key"));
    }

    [Fact]
    public async Task The_environments_token_goes_to_one_server_only()
    {
        await home.Put("a", [1]);
        home.Token = await ServerProcess.Token(home, "all", "objects,objects-put");
        using var server = await ServerProcess.Start(home);
        (await home.Run("replicate", "http://127.0.0.1:1", "--repository", server.Address)).FailedWith(2, "Which token");
    }

    [Fact]
    public async Task Another_repository_is_refused_and_so_is_itself()
    {
        await home.Put("a", [1]);
        (await home.Run("replicate", "data/streamback")).FailedWith(2, "itself");
        using var other = new Home();
        await other.Put("b", [2]);
        (await home.Run("replicate", other.At("data/streamback"))).FailedWith(6, "nothing was sent");
        (await home.Shell("mkdir full; touch full/x")).Succeeded();
        (await home.Run("replicate", "full")).FailedWith(2, "not empty");
        (await home.Run("replicate", "disk/copy/")).FailedWith(2, "is its disk mounted?");
        (await home.Run("replicate", "http://127.0.0.1:1")).FailedWith(1, "cannot be reached");
    }

    [Fact]
    public async Task A_run_that_was_killed_is_gone_on_with()
    {
        for (var number = 0; number < 6; number++)
            await home.Put($"n{number}", Bytes.Random(4_000_000, number));
        (await home.Shell("""
            for delay in 0.05 0.1 0.15 0.2 0.3 0.4; do
              timeout -s KILL $delay streamback replicate copy --quiet; streamback check --read-data --repository copy --quiet || [ ! -e copy/config ] || exit 1
            done
            streamback replicate copy --quiet; streamback check --read-data --repository copy --quiet
            for n in 0 1 2 3 4 5; do streamback get n$n --repository copy | cmp - <(streamback get n$n); done
            """)).Succeeded();
        Assert.Empty(new RepositoryFiles(home.At("copy")).Temporaries);
    }

    [Fact]
    public async Task What_came_before_the_kill_is_not_sent_again()
    {
        for (var number = 0; number < 12; number++)
            await home.Put($"n{number}", Bytes.Random(12_000_000, number));
        var copy = new RepositoryFiles(home.At("copy"));
        using (var running = home.Start(Home.Executable, "replicate", "copy", "--quiet"))
        {
            while (!running.HasExited && (!Directory.Exists(home.At("copy/bundles")) || copy.Bundles.Length < 3))
                await Task.Delay(1);
            running.Kill();
            await running.WaitForExitAsync();
        }

        var before = copy.Bundles.Sum(path => new FileInfo(path).Length);
        Assert.InRange(before, 1, 12 * 12_000_000);
        var sent = (await home.Run("replicate", "copy", "--json")).Succeeded().Json.GetProperty("bytes").GetInt64();
        Assert.InRange(sent, 0, home.Repository.Length - before);
        (await home.Run("check", "--read-data", "--repository", "copy")).Succeeded();
    }

    [Fact]
    public async Task What_was_killed_before_it_had_a_config_is_made_after_all()
    {
        const string folders = "{bundles,index,keys,labels,locks,removals,snapshots}";
        (await home.Shell($"mkdir -p data/streamback/{folders} && echo 1 | streamback put a --quiet")).Succeeded();
        (await home.Shell($"mkdir -p copy/{folders} && touch copy/replica && streamback replicate copy && streamback check --repository copy")).Succeeded();
    }

    // A place for copies of the home's repository, in a home of its own, with a server's state.
    private async Task<Home> FarCopy()
    {
        var far = new Home();
        (await far.Shell($"streamback init --replica --repository data/streamback < {home.Repository.Config}")).Succeeded();
        return far;
    }

    private async Task<int> Count(string repository) => (await home.Run("list", "--json", "--repository", repository)).Succeeded().Lines.Length;

    private static (int Snapshots, int Objects) Sent(Answer answer) => (answer.Json.GetProperty("snapshots").GetInt32(), answer.Json.GetProperty("objects").GetInt32());
}
