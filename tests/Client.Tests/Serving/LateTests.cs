using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>The verb <c>late</c>, and which puts are known to have failed.</summary>
public sealed class LateTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Names_that_are_overdue_are_told_and_the_exit_code_says_so()
    {
        await home.Put("web1/etc", [1]);
        await home.Put("db/shop", [2]);
        Assert.Equal("", (await home.Run("late")).Succeeded().Text);
        Assert.Equal("", (await home.Run("late", "--expect", "web1/=1h", "--expect", "db/shop=1h")).Succeeded().Text);
        var late = await home.Run("late", "--expect", "web1/=0s", "--expect", "db/=never", "--expect", "mail=1d");
        Assert.Equal(11, late.ExitCode);
        Assert.Matches("^mail  never put\nweb1/etc  last put 20..-..-.. ..:..Z, due 20..-..-.. ..:..Z\n$", late.Text);
        Assert.Equal("", late.Errors);
        Assert.Equal("", (await home.Run("late", "db/", "--expect", "web1/=0s")).Succeeded().Text);
        (await home.Run("late", "web1/ect")).FailedWith(5, "'web1/ect'");
        (await home.Run("late", "web2/", "--expect", "web1/=1h")).FailedWith(5, "web2/");
        var json = await home.Run("late", "web1/", "--expect", "web1/=0s", "--json");
        Assert.Equal((11, "web1/etc"), (json.ExitCode, json.Json.GetProperty("name").GetString()));
        Assert.True(json.Json.GetProperty("due").GetDateTime() <= DateTime.UtcNow);
        home.Write("server.yml", "late:\n  web1/: 0s\n"u8.ToArray());
        Assert.Equal(11, (await home.Run("late", "--config", "server.yml")).ExitCode);
        Assert.Equal(0, (await home.Run("late", "--config", "server.yml", "--expect", "web1/=1h")).ExitCode);
    }

    [Theory]
    [InlineData("--expect web1/=soon", "'soon'")]
    [InlineData("--expect web1/", "KEY=TEXT")]
    [InlineData("--expect //=1h", "no snapshot name")]
    [InlineData("a//b", "no snapshot name")]
    public async Task What_is_no_rule_is_refused(string arguments, string says) => (await home.Run(["late", .. arguments.Split(' ')])).FailedWith(2, says);

    [Fact]
    public async Task A_server_tells_who_may_list_what_it_expects_of_names_they_may_see()
    {
        await home.Put("web1/etc", [1]);
        await home.Put("db/shop", [2]);
        var all = await ServerProcess.Token(home, "all", "get,list,put,maintain");
        var some = await ServerProcess.Token(home, "some", "list", "web1/");
        var none = await ServerProcess.Token(home, "none", "put");
        using var server = await ServerProcess.Start(home, "--expect", "web1/=0s", "--expect", "db/=0s");
        home["STREAMBACK_REPOSITORY"] = server.Address;
        home.Token = all;
        Assert.Equal("db/shop web1/etc", await Names());
        Assert.Equal("db/shop", await Names("--expect", "web1/=never"));
        home.Token = some;
        Assert.Equal("web1/etc", await Names());
        home.Token = none;
        (await home.Run("late")).FailedWith(6, "list");
        Assert.Equal(400, await server.Status(all, "'" + server.Address + "/api/v1/late?expect=x'"));
        Assert.Equal(403, await server.Status(some, "'" + server.Address + "/api/v1/checks'"));
    }

    [Fact]
    public async Task That_a_name_failed_which_was_never_put_is_told_for_three_days()
    {
        await home.Put("known", [1]);
        var state = Assert.Single(Directory.GetDirectories(home.At("state/streamback")));
        static string Ago(int days) => DateTime.UtcNow.AddDays(-days).ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        File.WriteAllText(Path.Combine(state, "failed-puts.json"), $$"""{"known":"{{Ago(4)}} why","new":"{{Ago(2)}} why","typo":"{{Ago(4)}} why"}""");
        var late = await home.Run("late");
        Assert.Equal(11, late.ExitCode);
        Assert.Equal(["known", "new"], late.Lines.Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task A_put_that_failed_is_known_whichever_way_it_came_until_one_goes_well()
    {
        await home.Put("seed", [1]);
        home.Token = await ServerProcess.Token(home, "all", "get,list,put");
        using var server = await ServerProcess.Start(home);
        var cut = Tars.Small[..700];
        home.Write("cut.tar", cut);
        Assert.Equal(422, await server.Status(home.Token, $"-T cut.tar {server.Snapshots}/curl/tar"));
        (await home.Feed(cut, "put", "session/tar", "--repository", server.Address)).FailedWith(4, "nothing was kept");
        (await home.Feed(cut, "put", "stream/tar", "--stream", "--repository", server.Address)).FailedWith(4, "nothing was kept");
        (await server.Shell("(head -c 100000 /dev/zero; sleep 1; exit 1) | timeout -s KILL 0.5 curl -sT - -H \"Authorization: Bearer $STREAMBACK_TOKEN\" $S/left || true")).Succeeded();
        home["SSH_ORIGINAL_COMMAND"] = "streamback put ssh/tar";
        (await home.Feed(cut, "serve", "--stdio", "--allow", "put")).FailedWith(4, "nothing was kept");
        home["SSH_ORIGINAL_COMMAND"] = null;

        // What its owner puts on this machine itself tells its own exit code, and is nobody else's business.
        (await home.Feed(cut, "put", "here/tar")).FailedWith(4, "nothing was kept");
        (await home.Feed(cut, "put", "dry/tar", "--dry-run", "--repository", server.Address)).FailedWith(4, "nothing was kept");
        await WaitFor(async () => await Names() == "curl/tar left session/tar ssh/tar stream/tar");
        var told = await home.Run("late", "curl/");
        Assert.Equal(11, told.ExitCode);
        Assert.Matches("^curl/tar  put failed 20.*Input ends.*\n$", told.Text);
        Assert.Equal("curl/tar left session/tar ssh/tar stream/tar", await Names("--repository", server.Address));

        (await home.Shell($"for name in curl/tar left session/tar; do echo | streamback put $name --repository {server.Address} --quiet; done; echo | streamback put stream/tar --stream --repository {server.Address} --quiet")).Succeeded();
        Assert.Equal("ssh/tar", await Names());
    }

    private async Task<string> Names(params string[] options) =>
        string.Join(' ', (await home.Run(["late", .. options])).Lines.Select(line => line.Split(' ')[0]));

    private static async Task WaitFor(Func<Task<bool>> happened)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await happened())
            await Task.Delay(100, patience.Token);
    }
}
