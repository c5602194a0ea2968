using System.Security.Cryptography;
using System.Text;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>What is wrong is said in one line and with the exit code of the contract; nothing is changed by it.</summary>
public sealed class WrongUseTests(WrongUseTests.Stocked stocked) : IClassFixture<WrongUseTests.Stocked>
{
    private readonly Home home = stocked.Home;

    /// <summary>A repository with one snapshot, made once; no test may change it.</summary>
    public sealed class Stocked : IAsyncLifetime
    {
        internal Home Home { get; } = new();

        public async Task InitializeAsync()
        {
            await Home.Put("t", Tars.Small);
            Home.Write("file", "text"u8.ToArray());
        }

        public Task DisposeAsync()
        {
            Home.Dispose();
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData("--frob", "put", "t", "--frob")]
    [InlineData("'-v' is no option", "list", "-v")]
    [InlineData("'-v' is no option", "put", "-v")]
    [InlineData("'-v' is no option", "show", "-v", "t")]
    [InlineData("'-v' is no option", "tag", "t", "-v")]
    [InlineData("'-v' is no option", "key", "export-put", "-v")]
    [InlineData("'--frob' is no option", "put", "t", "--frob", "--", "true")]
    [InlineData("'-v'", "show", "--", "-v")]
    [InlineData("frob", "frob")]
    [InlineData("extra", "show", "t", "extra")]
    [InlineData("extra", "put", "t", "extra")]
    [InlineData("NAME", "put")]
    [InlineData("NAME", "get")]
    [InlineData("command")]
    [InlineData("--average-chunk takes a number of KiB, not 'twice'", "init", "--average-chunk", "twice")]
    [InlineData("--average-chunk takes a number of KiB, not '4194368'", "init", "--average-chunk", "4194368")]
    [InlineData("--compression takes a zstd level, not ''", "init", "--compression", "")]
    [InlineData("--port: 'abc' is not a whole number", "browse", "--port", "abc")]
    [InlineData("'@-2' has no name before the @", "diff", "@-2", "@-1")]
    [InlineData("goes backwards, from z to a", "find", "[z-a]")]
    [InlineData("key: show, passphrase, recovery, export-put", "key")]
    [InlineData("..", "put", "a/../b")]
    [InlineData("..", "put", "..")]
    [InlineData("'' is no", "put", "")]
    [InlineData("/etc", "put", "/etc")]
    [InlineData("' '", "put", "a b")]
    [InlineData("ü", "put", "ü")]
    [InlineData("17 parts", "put", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a")]
    [InlineData("soon", "put", "t", "--time", "soon")]
    [InlineData("ahead of the clock", "put", "t", "--time", "9999-01-01")]
    public async Task Command_line_that_is_wrong_exits_2(string says, params string[] arguments) =>
        (await home.Feed("x"u8.ToArray(), arguments)).FailedWith(2, says);

    [Theory]
    [InlineData("put")]
    [InlineData("get", "t", "-o")]
    [InlineData("get", "t", "--repository", "a", "--repository", "b")]
    [InlineData("put", "t", "--raw=perhaps")]
    public async Task Message_about_the_command_line_has_no_full_stop(params string[] arguments)
    {
        var answer = await home.Feed("x"u8.ToArray(), arguments);
        answer.FailedWith(2, "");
        Assert.DoesNotMatch(@"\.\n$|System\.", answer.Errors);
    }

    [Theory]
    [InlineData(2, "is a file", "file")]
    [InlineData(5, "no repository", "absent")]
    [InlineData(5, "no repository", ".")]
    public async Task Location_that_is_no_repository_is_named(int exitCode, string says, string location)
    {
        foreach (var verb in new[] { "list", "put", "get" })
        {
            string[] arguments = verb == "list" ? [verb] : [verb, "t"];
            (await home.Feed("x"u8.ToArray(), [.. arguments, "--repository", location, "--key-file", home.KeyFile])).FailedWith(exitCode, says);
        }

        Assert.False(Path.Exists(home.At("absent")));
    }

    [Fact]
    public async Task An_empty_location_is_not_the_default_one()
    {
        await home.Put("t", [1]);
        (await home.Run("list", "--repository", "")).FailedWith(2, "names nothing");
    }

    /// <summary>Which a wrong character would be of another secret, with which nobody could read what was put.</summary>
    [Fact]
    public async Task A_damaged_key_file_is_told_as_such()
    {
        await home.Put("t", [1]);
        var text = await File.ReadAllTextAsync(home.KeyFile);
        var at = text.IndexOf("\"secret\":\"", StringComparison.Ordinal) + 10 + 28;
        await File.WriteAllTextAsync(home.At("bad"), text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..]);
        (await home.Feed([2], "put", "t", "--key-file", "bad")).FailedWith(6, "is damaged");
        (await home.Run("get", "t", "--key-file", home.Folder)).FailedWith(6, "is a folder");
    }

    [Fact]
    public async Task Key_that_does_not_fit_is_denied()
    {
        using var other = new Home();
        await other.Put("t", "other"u8.ToArray());
        (await home.Run("get", "t", "--key-file", home.At("absent"))).FailedWith(6, home.At("absent"));
        (await home.Run("get", "t", "--key-file", home.At("file"))).FailedWith(6, home.At("file"));
        (await home.Run("get", "t", "--key-file", other.KeyFile)).FailedWith(6, "The key is of repository");
        (await home.Feed("x"u8.ToArray(), "put", "t", "--key-file", other.KeyFile)).FailedWith(6, "The key is of repository");
    }

    [Fact]
    public async Task Messages_of_the_system_are_in_plain_words()
    {
        var absent = await home.Run("list", "--key-file", home.At("absent"));
        Assert.Contains("Could not find file", absent.Errors, StringComparison.Ordinal);
        (await home.Run("get", "t", "-o", home.At("no/folder"))).FailedWith(1, "Could not find a part of the path");
    }

    [Theory]
    [InlineData("put t", "Standard input is a terminal")]
    [InlineData("get t", "Standard output is a terminal")]
    public async Task Terminal_is_no_end_of_a_stream(string arguments, string says)
    {
        var error = home.At($"error-{arguments[..3]}");
        var answer = await home.Shell($"script -qec \"streamback {arguments} 2> {error}\" /dev/null < /dev/null");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(says, Assert.Single(File.ReadAllLines(error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_and_help_are_answers()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+", (await home.Run("--version")).Succeeded().Text);
        Assert.Contains("put", (await home.Run("--help")).Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains("--allow-truncated", (await home.Run("put", "--help")).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Newer_format_and_unknown_feature_are_unsupported_not_corrupt()
    {
        using var newer = new Home();
        await newer.Put("t", Tars.Small);
        var line = File.ReadAllLines(newer.Repository.Config)[0];
        foreach (var (old, changed, says) in new[] { ("\"streamback\":1", "\"streamback\":2", "format version 2"), ("\"features\":[]", "\"features\":[\"wings\"]", "'wings'") })
        {
            Assert.Contains(old, line, StringComparison.Ordinal);
            WriteConfig(newer.Repository.Config, line.Replace(old, changed, StringComparison.Ordinal));
            foreach (var arguments in new[] { new[] { "list" }, ["get", "t"], ["put", "t"], ["check"] })
                (await newer.Feed("x"u8.ToArray(), arguments)).FailedWith(9, says);
        }
    }

    [Fact]
    public async Task Damaged_config_gives_way_to_the_copy_that_the_key_holds()
    {
        using var damaged = new Home();
        await damaged.Put("t", Tars.Small);
        RepositoryFiles.Flip(damaged.Repository.Config, 20);
        var answer = (await damaged.Run("get", "t")).Succeeded();
        Assert.Equal(Tars.Small, answer.Output);
        Assert.Contains("config is damaged", answer.Errors, StringComparison.Ordinal);
    }

    private static void WriteConfig(string path, string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(path, [.. bytes, .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes)) + "\n")]);
    }
}
