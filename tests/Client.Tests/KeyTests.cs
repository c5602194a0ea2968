using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>The verb <c>key</c>, and what each kind of key can do.</summary>
public sealed class KeyTests : IDisposable
{
    private readonly Home home = new();

    [Fact]
    public async Task Put_key_stores_and_lists_and_opens_nothing()
    {
        await home.Put("t", Tars.Small);
        (await home.Run("key", "export-put", home.At("put.key"))).Succeeded();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(home.At("put.key")));

        home["STREAMBACK_KEY_FILE"] = home.At("put.key");
        var put = (await home.Put("u", Tars.Small)).Json;
        Assert.False(put.TryGetProperty("newChunks", out _) || put.TryGetProperty("newChunkBytes", out _) || put.TryGetProperty("storedBytes", out _));
        Assert.Equal(2, (await home.Run("list")).Succeeded().Lines.Length);
        Assert.DoesNotContain("sha256", (await home.Run("show", "t")).Succeeded().Text, StringComparison.Ordinal);
        (await home.Run("get", "t")).FailedWith(6, "put key");
        (await home.Run("get", "u")).FailedWith(6, "put key");
        (await home.Run("key", "recovery")).FailedWith(6, "put key");
        Assert.Contains("all is well", (await home.Run("check", "--read-data")).Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains("put: stores and lists", (await home.Run("key", "show")).Succeeded().Text, StringComparison.Ordinal);

        // What was stored with it, and found again by it, is whole for who holds the full key.
        home["STREAMBACK_KEY_FILE"] = null;
        Assert.Equal(Tars.Small, (await home.Run("get", "u")).Succeeded().Output);
    }

    [Fact]
    public async Task Changed_passphrase_opens_and_the_old_one_no_longer_does()
    {
        await Initialise("old");
        home["STREAMBACK_PASSPHRASE"] = "old";
        home["STREAMBACK_NEW_PASSPHRASE"] = "new";
        var changed = (await home.Run("key", "passphrase")).Succeeded();
        Assert.Contains("still open with their old passphrases", changed.Errors, StringComparison.Ordinal);
        (await home.Run("list")).FailedWith(6, "passphrase");
        home["STREAMBACK_PASSPHRASE"] = "new";
        (await home.Run("list")).Succeeded();
    }

    [Fact]
    public async Task Added_passphrase_opens_beside_the_old_one()
    {
        await Initialise("one");
        home["STREAMBACK_PASSPHRASE"] = "one";
        home["STREAMBACK_NEW_PASSPHRASE"] = "two";
        (await home.Run("key", "passphrase", "--add")).Succeeded();
        Assert.Equal(2, (await home.Run("key", "show")).Succeeded().Lines.Count(line => line.StartsWith("kept in it", StringComparison.Ordinal)));
        foreach (var passphrase in new[] { "one", "two" })
        {
            home["STREAMBACK_PASSPHRASE"] = passphrase;
            (await home.Run("list")).Succeeded();
        }
    }

    [Theory]
    [InlineData(null, "Say which passphrase")]
    [InlineData("wrong", "opens no key")]
    public async Task Passphrase_is_not_changed_without_the_one_that_it_replaces(string? old, string says)
    {
        await home.Put("t", Tars.Small);
        home["STREAMBACK_NEW_PASSPHRASE"] = "first";
        var kept = (await home.Run("key", "passphrase")).Succeeded();
        Assert.Contains("keeps the key from now on", kept.Errors, StringComparison.Ordinal);
        var before = home.Repository.Fingerprint();
        home["STREAMBACK_NEW_PASSPHRASE"] = "second";
        home["STREAMBACK_PASSPHRASE"] = old;
        (await home.Shell("setsid -w streamback --quiet key passphrase")).FailedWith(6, says);
        Assert.Equal(before, home.Repository.Fingerprint());
    }

    [Fact]
    public async Task Change_of_one_passphrase_leaves_the_others()
    {
        await Initialise("one");
        home["STREAMBACK_PASSPHRASE"] = "one";
        home["STREAMBACK_NEW_PASSPHRASE"] = "two";
        (await home.Run("key", "passphrase", "--add")).Succeeded();
        home["STREAMBACK_NEW_PASSPHRASE"] = "three";
        Assert.Contains("others that open the repository: 1", (await home.Run("key", "passphrase")).Succeeded().Errors, StringComparison.Ordinal);
        foreach (var (passphrase, exitCode) in new[] { ("one", 6), ("two", 0), ("three", 0) })
        {
            home["STREAMBACK_PASSPHRASE"] = passphrase;
            Assert.Equal(exitCode, (await home.Run("list")).ExitCode);
        }
    }

    [Fact]
    public async Task Change_at_a_terminal_asks_for_the_old_passphrase_once()
    {
        await Initialise("one");
        const string Typing = "when 'Passphrase of' one; when 'New passphrase' two; when 'same again' two";
        var answer = await home.Shell($$"""
            when() { until grep -q "$1" log; do sleep 0.1; done 2> /dev/null; printf "$2\n"; }
            ({{Typing}}) | timeout 60 script -qefc 'streamback key passphrase' log
            """);
        Assert.DoesNotContain("Old passphrase", answer.Succeeded().Text, StringComparison.Ordinal);
        home["STREAMBACK_PASSPHRASE"] = "two";
        (await home.Run("list")).Succeeded();
    }

    [Fact]
    public async Task Default_key_file_goes_on_opening_a_repository_that_keeps_a_key_too()
    {
        await home.Put("t", Tars.Small);
        home["STREAMBACK_NEW_PASSPHRASE"] = "secret";
        (await home.Run("key", "passphrase")).Succeeded();
        home["STREAMBACK_NEW_PASSPHRASE"] = null;
        (await home.FeedShell(Tars.Small, "setsid -w streamback put t")).Succeeded();
        File.Delete(home.KeyFile);
        (await home.Shell("setsid -w streamback list")).FailedWith(6, "passphrase");
        home["STREAMBACK_PASSPHRASE"] = "secret";
        (await home.Run("list")).Succeeded();
    }

    [Fact]
    public async Task Default_key_file_of_another_repository_does_not_hide_the_key_that_is_kept()
    {
        await home.Put("t", Tars.Small);
        home["STREAMBACK_REPOSITORY"] = home.At("r");
        await Initialise("secret");
        home["STREAMBACK_PASSPHRASE"] = "secret";
        await home.Put("u", Tars.Small);
        Assert.Equal(Tars.Small, (await home.Run("get", "u")).Succeeded().Output);
    }

    [Fact]
    public async Task Key_file_has_one_passphrase_and_takes_no_second()
    {
        home["STREAMBACK_REPOSITORY"] = home.At("r");
        home["STREAMBACK_KEY_FILE"] = home.At("key");
        home["STREAMBACK_PASSPHRASE"] = "old";
        (await home.Run("init", "--passphrase")).Succeeded();
        home["STREAMBACK_NEW_PASSPHRASE"] = "new";
        (await home.Run("key", "passphrase", "--add")).FailedWith(2, "one passphrase");
        (await home.Run("list")).Succeeded();
    }

    [Fact]
    public async Task Passphrase_of_a_wrapped_key_file_is_changed_in_the_file()
    {
        home["STREAMBACK_REPOSITORY"] = home.At("r");
        home["STREAMBACK_KEY_FILE"] = home.At("key");
        home["STREAMBACK_PASSPHRASE"] = "old";
        (await home.Run("init", "--passphrase")).Succeeded();
        home["STREAMBACK_NEW_PASSPHRASE"] = "new";
        (await home.Run("key", "passphrase")).Succeeded();
        (await home.Run("list")).FailedWith(6, "passphrase");
        home["STREAMBACK_PASSPHRASE"] = "new";
        (await home.Run("list")).Succeeded();
        Assert.Empty(Directory.GetFiles(home.At("r/keys")));
    }

    [Theory]
    [InlineData("STREAMBACK_PASSPHRASE_FILE", "secret")]
    [InlineData("STREAMBACK_PASSPHRASE_COMMAND", "cat secret")]
    public async Task Passphrase_comes_from_a_file_or_a_command(string variable, string value)
    {
        await Initialise("from elsewhere");
        home.Write("secret", "from elsewhere\nsecond line\n"u8.ToArray());
        home[variable] = value;
        (await home.Run("list")).Succeeded();
    }

    [Fact]
    public async Task Recovery_key_typed_from_paper_opens_everything_and_a_slip_is_named()
    {
        await home.Put("t", Tars.Small);
        var paper = (await home.Run("key", "recovery")).Succeeded().Text;
        home.Write("typed", System.Text.Encoding.UTF8.GetBytes(paper.ToLowerInvariant()));
        File.Delete(home.KeyFile);
        Assert.Equal(Tars.Small, (await home.Run("--key-file", home.At("typed"), "get", "t")).Succeeded().Output);

        var lines = paper.Split('\n');
        var slip = lines[3][..8] + (lines[3][8] == 'A' ? 'B' : 'A') + lines[3][9..];
        home.Write("slip", System.Text.Encoding.UTF8.GetBytes(paper.Replace(lines[3], slip, StringComparison.Ordinal)));
        (await home.Run("--key-file", home.At("slip"), "get", "t")).FailedWith(6, "line 2");
    }

    [Fact]
    public async Task Json_tells_of_keys_new_repositories_and_tags()
    {
        home["STREAMBACK_PASSPHRASE"] = "secret";
        var made = (await home.Run("init", "--passphrase", "--json")).Succeeded().Json;
        var shown = (await home.Run("key", "show", "--json")).Succeeded().Json;
        Assert.Equal(made.GetProperty("repository").GetString(), shown.GetProperty("repository").GetString());
        Assert.True(Assert.Single(shown.GetProperty("stored").EnumerateArray()).GetProperty("holdsFullKey").GetBoolean());
        await home.Put("t", Tars.Small);
        Assert.Equal("kept", (await home.Run("tag", "t", "kept", "--json")).Succeeded().Json.GetProperty("tags")[0].GetString());
    }

    [Fact]
    public async Task Existing_file_is_not_overwritten_by_a_key()
    {
        await home.Put("t", Tars.Small);
        home.Write("precious", [1]);
        (await home.Run("key", "export-put", home.At("precious"))).FailedWith(2, "there already");
        Assert.Equal([1], File.ReadAllBytes(home.At("precious")));
    }

    public void Dispose() => home.Dispose();

    private async Task Initialise(string passphrase)
    {
        home["STREAMBACK_PASSPHRASE"] = passphrase;
        (await home.Run("init", "--passphrase")).Succeeded();
        home["STREAMBACK_PASSPHRASE"] = null;
    }
}
