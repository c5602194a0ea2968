using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>How long removed snapshots rest is said by whoever serves the repository, and by no client.</summary>
public sealed class GraceTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task A_servers_grace_holds_beside_it_and_nobody_shortens_it_from_elsewhere()
    {
        await home.Put("a", Bytes.Random(1000, 1));
        home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "all", "get,list,remove,maintain");
        using (var server = await ServerProcess.Start(home, "--grace", "30d"))
        {
            (await home.Run("remove", "a@latest", "--repository", server.Address)).Succeeded();
            Assert.Equal(30, await Rests("--repository", server.Address));
            (await home.Run("prune", "--grace", "0s", "--repository", server.Address)).FailedWith(2, "own machine");
            (await home.Run("prune", "--repository", server.Address)).Succeeded();
        }

        // What it said holds for whoever works in the folder, and for ssh, which starts a server of its own.
        Assert.Equal(30, await Rests());
        (await home.Run("prune")).Succeeded();
        home["SSH_ORIGINAL_COMMAND"] = "streamback list --removed --json";
        Assert.Equal(30, Days((await home.Run("serve", "--stdio", "--allow", "list")).Succeeded().Json));
        home["SSH_ORIGINAL_COMMAND"] = "streamback prune --grace 0s";
        (await home.Run("serve", "--stdio", "--allow", "maintain")).FailedWith(6, "--grace");
        home["SSH_ORIGINAL_COMMAND"] = null;
        (await home.Run("undelete", "a")).Succeeded();
        Assert.Equal(Bytes.Random(1000, 1), (await home.Run("get", "a")).Succeeded().Output);

        // Its owner may.
        (await home.Run("remove", "a@latest")).Succeeded();
        (await home.Run("prune", "--grace", "0s")).Succeeded();
        (await home.Run("undelete", "a")).FailedWith(5, "'a'");
        using var again = await ServerProcess.Start(home, "--grace", "30d");
        Assert.False((await home.Run("list", "--removed", "--json", "--repository", again.Address)).Succeeded().Json.TryGetProperty("until", out _));
    }

    [Fact]
    public async Task Where_nobody_says_anything_it_is_fourteen_days()
    {
        await home.Put("a", [1]);
        (await home.Run("remove", "a@latest")).Succeeded();
        Assert.Equal(14, await Rests());
        Assert.Equal(0, (await home.Run("prune", "--json")).Succeeded().Json.GetProperty("expiredSnapshots").GetInt32());
    }

    [Fact]
    public async Task A_grace_that_cannot_be_read_gives_nothing_up()
    {
        await home.Put("a", Bytes.Random(1000, 1));
        await ServerProcess.Token(home, "all", "list");
        using (await ServerProcess.Start(home, "--grace", "30d"))
        {
        }

        (await home.Run("remove", "a@latest")).Succeeded();
        (await home.Shell("echo nonsense > state/streamback/*/grace")).Succeeded();
        (await home.Run("prune")).FailedWith(1, "how long removed snapshots rest");
        (await home.Run("undelete", "a")).Succeeded();
    }

    [Fact]
    public async Task What_a_copy_is_told_of_rests_there_for_the_grace_of_its_own_server()
    {
        await home.Put("a", Bytes.Random(1000, 1));
        await home.Put("b", Bytes.Random(1000, 2));
        (await home.Run("replicate", "copy")).Succeeded();
        (await home.Run("remove", "a@latest")).Succeeded();
        (await home.Run("prune", "--grace", "0s")).Succeeded();
        (await home.Run("replicate", "copy", "--prune")).Succeeded();
        (await home.Run("replicate", "copy", "--prune")).Succeeded();
        Assert.Single(Removed());
        await ServerProcess.Token(home, "all", "list");
        using (await ServerProcess.Start(home, "--repository", "copy", "--grace", "0s"))
        {
        }

        (await home.Run("replicate", "copy", "--prune")).Succeeded();
        Assert.Empty(Removed());

        string[] Removed() => Directory.GetFiles(home.At("copy/trash/snapshots"), "*", SearchOption.AllDirectories);
    }

    private async Task<int> Rests(params string[] where) => Days((await home.Run(["list", "--removed", "--json", .. where])).Succeeded().Json);

    private static int Days(JsonElement removed) => (int)(removed.GetProperty("until").GetDateTime() - removed.GetProperty("removed").GetDateTime()).TotalDays;
}
