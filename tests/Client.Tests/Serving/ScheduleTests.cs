using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What a server does by itself, and whom it tells: by a real shell, a web server of Python's, and a mail server.</summary>
/// <remarks>What is due each minute is waited for as long as it takes.</remarks>
public sealed class ScheduleTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Snapshots_are_forgotten_room_is_freed_and_all_is_checked_when_it_is_due()
    {
        for (var number = 0; number < 4; number++)
            await home.Put("web1/etc", Bytes.Random(100_000, number));
        for (var number = 0; number < 3; number++)
            await home.Put("kept", Bytes.Random(1000, 10 + number));
        home.Token = await ServerProcess.Token(home, "keeper", "get,list,maintain");
        home.Write("server.yml", """
            listen: http://127.0.0.1:0
            grace: 0s
            schedule:
              check: "* * * * *"
              checkData: "* * * * *"
              forget: "* * * * *"
              prune: "* * * * *"
            checkData:
              part: 100%
              maxTime: 1h
            keep:
              web1/: last 1
              web1/etc: last 2, within 0s
            """u8.ToArray());
        using var server = await ServerProcess.Start(home, "--config", "server.yml");
        await WaitFor(async () => (await Checks(server)).Select(result => result.Duty).Distinct().Count() == 4);
        var results = await Checks(server);
        Assert.All(results, result => Assert.Equal(("done", "schedule"), (result.Outcome, result.By)));
        Assert.Equal(["forget", "prune", "check", "checkData"], results.Reverse().Take(4).Select(result => result.Duty));
        Assert.Equal("2 snapshots removed", results.Last(result => result.Duty == "forget").Message);
        Assert.Contains("all is well", results.First(result => result.Duty == "checkData").Message, StringComparison.Ordinal);
        Assert.Equal(5, (await home.Run("list", "--json")).Succeeded().Lines.Length);
        Assert.Equal("schedule", (await home.Run("list", "--removed", "--json")).Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("by").GetString()).Distinct().Single());

        var metrics = (await server.Shell("curl -sf -H \"Authorization: Bearer $STREAMBACK_TOKEN\" $A/metrics")).Succeeded().Text;
        foreach (var duty in new[] { "forget", "prune", "check", "checkData" })
            Assert.Contains($"streamback_duty_good{{duty=\"{duty}\"}} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("streamback_late_names 0\n", metrics, StringComparison.Ordinal);

        // One that shares the state folder leaves the work to the first; what a client has done is told as well.
        using var other = await ServerProcess.Start(home, "--config", "server.yml");
        (await home.Run("check", "--repository", other.Address)).Succeeded();
        var mine = (await Checks(other)).First(result => result.Duty == "check" && result.By != "schedule");
        Assert.Equal(("done", "keeper"), (mine.Outcome, mine.By));
        Assert.Equal(0, await server.Signal("TERM"));
    }

    [Fact]
    public async Task Without_the_content_key_duties_are_done_and_people_are_told_as_well()
    {
        for (var number = 0; number < 3; number++)
            await home.Put("web1/etc", Bytes.Random(100_000, number));
        home.Token = await ServerProcess.Token(home, "keeper", "get,list,put,maintain");
        (await home.Run("key", "export-put", "put.key")).Succeeded();
        home.Write("server.yml", """
            listen: http://127.0.0.1:0
            grace: 0s
            late:
              never/put: 1d
            schedule:
              check: "* * * * *"
              forget: "* * * * *"
              prune: "* * * * *"
            keep:
              web1/: last 1
            notices:
              command: cat >> told
            """u8.ToArray());
        using var server = await ServerProcess.Start(home, "--config", "server.yml", "--key-file", "put.key");
        (await home.Feed(Tars.Small[..700], "put", "db/shop", "--repository", server.Address)).FailedWith(4, "nothing was kept");
        await WaitFor(() => Task.FromResult(Count("told", "never/put is late") > 0 && Count("told", "put db/shop failed") > 0));
        await WaitFor(async () => (await Checks(server)).Select(result => result.Duty).Distinct().Count() == 3);
        Assert.All(await Checks(server), result => Assert.Equal("done", result.Outcome));
        Assert.Single((await home.Run("list", "web1/etc", "--json")).Succeeded().Lines);
        Assert.Equal(Bytes.Random(100_000, 2), (await home.Run("get", "web1/etc")).Succeeded().Output);

        // What is damaged is told, too.
        var bundle = home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        File.Delete(bundle);
        await WaitFor(() => Task.FromResult(Count("told", "check failed") > 0));
    }

    [Fact]
    public async Task People_are_told_once_of_what_is_late_failed_or_damaged_by_every_way_that_is_set()
    {
        await home.Put("web1/etc", Bytes.Random(100_000, 1));
        home.Token = await ServerProcess.Token(home, "all", "get,list,put,maintain");
        using var hook = await PythonServer.WebHook(home);
        using var mail = await PythonServer.Mail(home);
        home.Write("server.yml", System.Text.Encoding.UTF8.GetBytes($"""
            listen: http://127.0.0.1:0
            late:
              web1/: 0s
            notices:
              command: (echo "$STREAMBACK_SUBJECT"; cat) >> told
              webHook: {hook.Address}
              mail:
                to: admin@example.org
                from: vault@example.org
                server: {mail.Address}
            """));
        using (var server = await ServerProcess.Start(home, "--config", "server.yml"))
        {
            await WaitFor(() => Task.FromResult(Count("told", "web1/etc is late") > 0 && Count("hooked", "web1/etc") > 0 && Count("mailed", "web1/etc is late") > 0));
            var told = JsonDocument.Parse(File.ReadLines(home.At("hooked")).First()).RootElement;
            Assert.Equal(("late", "web1/etc"), (told.GetProperty("troubles")[0].GetProperty("kind").GetString(), told.GetProperty("troubles")[0].GetProperty("name").GetString()));
            Assert.Contains("StreamBack on ", told.GetProperty("subject").GetString(), StringComparison.Ordinal);

            // A put that fails, and damage that a check finds.
            (await home.Feed(Tars.Small[..700], "put", "db/shop", "--repository", server.Address)).FailedWith(4, "nothing was kept");
            RepositoryFiles.Flip(home.Repository.Bundles[0], new FileInfo(home.Repository.Bundles[0]).Length / 2);
            Assert.Equal(3, (await home.Run("check", "--read-data", "--repository", server.Address)).ExitCode);
            await WaitFor(() => Task.FromResult(Count("mailed", "put db/shop failed") > 0 && Count("told", "checkData failed") > 0));
        }

        // Whoever starts again tells nothing twice; what was over and comes again is told again.
        using (var server = await ServerProcess.Start(home, "--config", "server.yml"))
        {
            await home.Put("db/shop", [1], "--repository", server.Address);
            await WaitFor(() => Task.FromResult(!File.ReadAllText(Directory.GetFiles(home.At("state"), "told-notices.json", SearchOption.AllDirectories).Single()).Contains("failed-put", StringComparison.Ordinal)));
            (await home.Feed(Tars.Small[..700], "put", "db/shop", "--repository", server.Address)).FailedWith(4, "nothing was kept");
            await WaitFor(() => Task.FromResult(Count("told", "put db/shop failed") == 2));
        }

        // Each body that is posted is one line, and names each trouble once in its list and once in its text.
        var posted = File.ReadLines(home.At("hooked")).SelectMany(line => JsonDocument.Parse(line).RootElement.GetProperty("troubles").EnumerateArray())
            .Select(trouble => (trouble.GetProperty("kind").GetString(), trouble.GetProperty("name").GetString())).CountBy(trouble => trouble).ToDictionary();
        Assert.Equal((1, 1), (posted[("late", "web1/etc")], posted.Single(trouble => trouble.Key.Item2 == "checkData").Value));
        Assert.Contains(("failed-put", "db/shop"), posted.Keys);
        foreach (var way in new[] { "told", "mailed" })
            Assert.Equal((1, 1), (Count(way, "checkData failed") - Subjects(way, "checkData failed"), Count(way, "web1/etc is late") - Subjects(way, "web1/etc is late")));
    }

    [Fact]
    public async Task Mail_goes_encrypted_and_signed_in_where_that_is_asked_for_and_nowhere_else()
    {
        await home.Put("web1/etc", [1]);
        home.Token = await ServerProcess.Token(home, "all", "list");
        (await home.Shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout mail.key -out mail.pem 2>/dev/null; echo secret > mail.password")).Succeeded();
        using var mail = await PythonServer.Mail(home, "secret");
        home.Write("server.yml", System.Text.Encoding.UTF8.GetBytes($"""
            listen: http://127.0.0.1:0
            late:
              web1/: 0s
            notices:
              mail:
                to: admin@example.org
                from: vault@example.org
                server: {mail.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}
                tls: true
                user: vault
                passwordFile: mail.password
            """));
        using (var stranger = await ServerProcess.Start(home, "--config", "server.yml"))
        {
            // Nobody vouches for the certificate, so the password stays here.
            var refused = "";
            await WaitFor(() => Task.FromResult((refused = stranger.Lines.FirstOrDefault(line => line.Contains("Nobody is told by mail", StringComparison.Ordinal)) ?? "").Length > 0));
            Assert.Contains("certificate", refused, StringComparison.OrdinalIgnoreCase);
        }

        Assert.False(File.Exists(home.At("mailed")));
        home["SSL_CERT_FILE"] = home.At("mail.pem");
        using var server = await ServerProcess.Start(home, "--config", "server.yml");
        await WaitFor(() => Task.FromResult(Count("mailed", "web1/etc is late") > 0));
        Assert.Equal(1, Count("mailed", "encrypted, by vault"));
    }

    [Theory]
    [InlineData("schedule: {check: often}", "'often'")]
    [InlineData("schedule: {clean: '* * * * *'}", "clean")]
    [InlineData("schedule: {forget: '* * * * *'}", "keep")]
    [InlineData("keep: {web1/: all}", "'all'")]
    [InlineData("late: {web1/: soon}", "'soon'")]
    [InlineData("checkData: {part: 200%}", "100 %")]
    [InlineData("notices: {webHook: 'http://example.org/'}", "https://")]
    [InlineData("notices: {mail: {from: a@example.org}}", "to whom")]
    [InlineData("notices: {mail: {to: nobody}}", "addresses")]
    [InlineData("notices: {mail: {to: a@example.org, user: a, passwordFile: b}}", "tls")]
    public async Task What_makes_no_sense_ends_the_start(string line, string says)
    {
        await home.Put("seed", [1]);
        await ServerProcess.Token(home, "all", "list");
        home.Write("server.yml", System.Text.Encoding.UTF8.GetBytes($"listen: http://127.0.0.1:0\n{line}\n"));
        (await home.Run("serve", "--config", "server.yml")).FailedWith(2, says);
    }

    private static async Task<(string Duty, string Outcome, string By, string Message)[]> Checks(ServerProcess server) =>
    [
        .. (await server.Shell("curl -sf -H \"Authorization: Bearer $STREAMBACK_TOKEN\" $A/api/v1/checks")).Succeeded().Lines
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("duty", out _))
            .Select(line => (line.GetProperty("duty").GetString()!, line.GetProperty("outcome").GetString()!, line.GetProperty("by").GetString()!, line.GetProperty("message").GetString()!)),
    ];

    private int Count(string file, string text) => File.Exists(home.At(file)) ? File.ReadAllText(home.At(file)).Split(text).Length - 1 : 0;

    private int Subjects(string file, string text) => File.ReadLines(home.At(file)).Count(line => line.Contains("StreamBack on ", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal));

    private static async Task WaitFor(Func<Task<bool>> happened)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (!await happened())
            await Task.Delay(200, patience.Token);
    }
}
