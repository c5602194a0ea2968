using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>A server that keeps what is put in several folders: a put is acknowledged when so many hold it, and reads fall back.</summary>
public sealed class CopiesTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task A_put_is_acknowledged_when_every_store_holds_it_with_all_that_it_rests_on()
    {
        var (common, stream) = (Bytes.Random(2_000_000, 1), Bytes.Random(300_000, 2));
        byte[] both = [.. common, .. stream];
        await home.Put("before", common);
        using var server = await Start("stores: [one, two]");

        // What was put before any store was there, and is found again, comes along.
        await home.Put("web1/etc", both, "--repository", server.Address);
        await home.Put("web1/stream", stream, "--stream", "--repository", server.Address);
        (await server.Shell("printf x | curl -sf -T - -H \"Authorization: Bearer $STREAMBACK_TOKEN\" $S/curl")).Succeeded();
        foreach (var store in new[] { "one", "two" })
        {
            Assert.Equal(both, (await home.Run("get", "web1/etc", "--repository", store)).Succeeded().Output);
            Assert.Equal(stream, (await home.Run("get", "web1/stream", "--repository", store)).Succeeded().Output);
            Assert.Equal("x", (await home.Run("get", "curl", "--repository", store)).Succeeded().Text);
            (await home.Run("check", "--read-data", "--repository", store)).Succeeded();
        }

        // By ssh as well.
        home["SSH_ORIGINAL_COMMAND"] = "streamback put ssh";
        (await home.Feed([7], "serve", "--stdio", "--store", "one")).Succeeded();
        home["SSH_ORIGINAL_COMMAND"] = null;
        Assert.Equal([7], (await home.Run("get", "ssh", "--repository", "one")).Succeeded().Output);
    }

    [Fact]
    public async Task Where_too_few_stores_can_be_written_nothing_is_kept()
    {
        await home.Put("before", [1]);
        using (var server = await Start("stores: [one, two]\ncopies: 2"))
        {
            (await home.Shell("mv two away")).Succeeded();
            await home.Put("a", [2], "--repository", server.Address);
            (await home.Shell("mv one gone")).Succeeded();
            (await home.Feed([3], "put", "b", "--repository", server.Address)).FailedWith(1, "Only 1 of the 2 copies");
            (await home.Run("show", "b")).FailedWith(5, "'b'");
            (await home.Shell("mv away two")).Succeeded();
            await home.Put("b", [3], "--repository", server.Address);
        }

        // Whoever starts a server is told which disks are not there.
        (await home.Shell("mv two away; mkdir two")).Succeeded();
        using (var server = await ServerProcess.Start(home, "--config", "server.yml"))
        {
            await server.Signal("TERM");
            var told = await server.Told;
            Assert.Contains("two takes nothing: it holds no copy", told, StringComparison.Ordinal);
            Assert.Contains("one takes nothing", told, StringComparison.Ordinal);
        }

        (await home.Shell("rmdir two; mv away two")).Succeeded();

        // What one missed comes to it with the next put that rests on it, or when it is copied.
        (await home.Run("replicate", "two")).Succeeded();
        foreach (var (name, stream) in new[] { ("a", 2), ("b", 3) })
            Assert.Equal([(byte)stream], (await home.Run("get", name, "--repository", "two")).Succeeded().Output);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("delete")]
    [InlineData("manifest")]
    public async Task What_is_damaged_or_lost_is_read_from_a_store_and_mended_from_it(string how)
    {
        var stream = Bytes.Random(3_000_000, 1);
        await home.Put("seed", [1]);
        using var server = await Start("stores: [one]");
        await home.Put("web1/etc", stream, "--repository", server.Address);
        foreach (var file in how == "manifest" ? home.Repository.Snapshots : home.Repository.Bundles)
        {
            if (how == "delete")
                File.Delete(file);
            else
                RepositoryFiles.Flip(file, how == "flip" ? 3000 : new FileInfo(file).Length / 2);
        }

        Assert.Equal(stream, (await home.Run("get", "web1/etc", "--repository", server.Address)).Succeeded().Output);
        Assert.Equal(200, await server.Status(home.Token!, $"{server.Snapshots}/web1/etc@latest"));
        Assert.Equal(3, (await home.Run("check", "--read-data")).ExitCode);
        (await home.Run("check", "--read-data", "--repair", "--config", "server.yml")).Succeeded();
        (await home.Run("check", "--read-data")).Succeeded();
        Assert.Equal(stream, (await home.Run("get", "web1/etc")).Succeeded().Output);
    }

    [Fact]
    public async Task What_is_removed_and_labelled_goes_to_the_stores_when_it_is_due()
    {
        await home.Put("a", Bytes.Random(200_000, 1));
        await home.Put("b", Bytes.Random(200_000, 2));
        using var server = await Start("stores: [one]\nschedule:\n  replicate: '* * * * *'");
        (await home.Run("remove", "a@latest", "--repository", server.Address)).Succeeded();
        (await home.Run("tag", "b", "later", "--repository", server.Address)).Succeeded();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!(await server.Shell("curl -sf -H \"Authorization: Bearer $STREAMBACK_TOKEN\" $A/api/v1/checks")).Text.Contains("\"duty\":\"replicate\"", StringComparison.Ordinal))
            await Task.Delay(200, patience.Token);
        var list = (await home.Run("list", "--repository", "one")).Succeeded();
        Assert.Contains("#later", Assert.Single(list.Lines), StringComparison.Ordinal);
        (await home.Run("undelete", "a", "--repository", "one")).Succeeded();
        Assert.Equal(Bytes.Random(200_000, 1), (await home.Run("get", "a", "--repository", "one")).Succeeded().Output);
    }

    [Theory]
    [InlineData("copies: 2", "name more stores")]
    [InlineData("stores: [one]\ncopies: 3", "name more stores")]
    [InlineData("stores: [one]\ncopies: 0", "name more stores")]
    [InlineData("stores: [one, one/]", "twice")]
    [InlineData("stores: [data/streamback]", "itself")]
    [InlineData("schedule: {replicate: '* * * * *'}", "stores")]
    public async Task What_makes_no_sense_ends_the_start(string lines, string says)
    {
        await home.Put("seed", [1]);
        await ServerProcess.Token(home, "all", "list");
        home.Write("server.yml", System.Text.Encoding.UTF8.GetBytes($"listen: http://127.0.0.1:0\n{lines}\n"));
        (await home.Run("serve", "--config", "server.yml")).FailedWith(2, says);
    }

    private async Task<ServerProcess> Start(string lines)
    {
        foreach (var store in new[] { "one", "two" })
            (await home.Run("replicate", store, "--quiet")).Succeeded();
        home.Token = await ServerProcess.Token(home, "all", "put,get,list,remove,maintain");
        home.Write("server.yml", System.Text.Encoding.UTF8.GetBytes($"listen: http://127.0.0.1:0\n{lines}\n"));
        return await ServerProcess.Start(home, "--config", "server.yml");
    }
}
