using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>A snapshot that was found wrong is wrong for every process, until it is got or checked whole.</summary>
public sealed class DamageRememberedTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();

    public async Task InitializeAsync()
    {
        await home.Put("other", Bytes.Random(50_000, 1));
        await home.Put("hurt", Bytes.Random(300_000, 2));
        home["T"] = await ServerProcess.Token(home, "all", "get,maintain");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task It_is_remembered_over_a_restart_and_forgotten_once_the_whole_is_right_again()
    {
        var mend = Damage();
        using (var server = await ServerProcess.Start(home))
        {
            Assert.NotEqual(0, (await server.Shell("curl -sf -H \"Authorization: Bearer $T\" $S/hurt@latest > out")).ExitCode);
            Assert.Equal(500, await Head(server));
        }

        using var again = await ServerProcess.Start(home);
        Assert.Equal(500, await Head(again));
        Assert.Equal("500", await Range(again));
        Assert.Contains("\"code\":\"corrupt\"", (await again.Shell("curl -s -H \"Authorization: Bearer $T\" $S/hurt@latest")).Text, StringComparison.Ordinal);
        Assert.Equal(200, await again.Status((await home.Shell("echo -n $T")).Text, "$S/other@latest"));
        mend();
        Assert.Equal("500", await Range(again)); // nobody has seen yet that it is right
        (await again.Shell("curl -sf -H \"Authorization: Bearer $T\" $S/hurt@latest > out")).Succeeded();
        Assert.Equal(Bytes.Random(300_000, 2), File.ReadAllBytes(home.At("out")));
        Assert.Equal("206", await Range(again));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData(null)]
    public async Task A_file_that_cannot_be_read_is_left_as_it_is_and_damage_remembered_meanwhile(string? content)
    {
        var file = Path.Combine(Directory.EnumerateDirectories(home.At("state/streamback")).Single(), "damaged-snapshots.json");
        File.WriteAllText(file, content ?? "{\"snapshots\":{\"" + new string('a', 17 << 20) + "\":\"x\"}}");
        var before = File.ReadAllBytes(file);
        Damage();
        using var server = await ServerProcess.Start(home);
        await server.Shell("curl -sf -H \"Authorization: Bearer $T\" $S/hurt@latest > out");
        Assert.Equal(500, await Head(server));
        Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(file)));
    }

    [Fact]
    public async Task So_it_is_when_no_more_was_asked_for_than_one_small_file_of_it()
    {
        home.Write("small", Bytes.Random(40_000, 3));
        (await home.Shell("tar c small | streamback put tar --quiet")).Succeeded();
        foreach (var path in home.Repository.Bundles.Where(path => new FileInfo(path).Length is > 40_000 and < 300_000))
            RepositoryFiles.Flip(path, new FileInfo(path).Length / 3);
        using var server = await ServerProcess.Start(home);
        Assert.Equal("500", (await server.Shell("curl -s -o /dev/null -w '%{http_code}' -H \"Authorization: Bearer $T\" \"$S/tar@latest/member?path=small\"")).Text);
        Assert.Equal("500", (await server.Shell("curl -s -o /dev/null -w '%{http_code}' -I -H \"Authorization: Bearer $T\" $S/tar@latest")).Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_check_of_all_data_that_finds_nothing_forgets_it_too(bool overHttp)
    {
        var mend = Damage();
        using var server = await ServerProcess.Start(home);
        await server.Shell("curl -sf -H \"Authorization: Bearer $T\" $S/hurt@latest > out");
        Assert.Equal(500, await Head(server));
        const string Check = "curl -sf -X POST -H \"Authorization: Bearer $T\" \"$A/api/v1/check?data=1\"";
        await server.Shell(Check);
        (await home.Run("check", "--read-data", "--quiet")).FailedWith(3, "hurt@");
        Assert.Equal(500, await Head(server));
        mend();
        (overHttp ? await server.Shell(Check) : await home.Run("check", "--read-data")).Succeeded();
        Assert.Equal(200, await Head(server));
    }

    private static async Task<int> Head(ServerProcess server) =>
        int.Parse((await server.Shell("curl -s -o /dev/null -w '%{http_code}' -I -H \"Authorization: Bearer $T\" $S/hurt@latest")).Text, System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<string> Range(ServerProcess server) =>
        (await server.Shell("curl -s -o /dev/null -w '%{http_code}' -r 0-9 -H \"Authorization: Bearer $T\" $S/hurt@latest")).Text;

    /// <summary>Turns a bit in the middle of the largest bundle.</summary>
    /// <returns>What turns it back.</returns>
    private Action Damage()
    {
        var bundle = home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        var middle = new FileInfo(bundle).Length / 2;
        RepositoryFiles.Flip(bundle, middle);
        return () => RepositoryFiles.Flip(bundle, middle);
    }
}
