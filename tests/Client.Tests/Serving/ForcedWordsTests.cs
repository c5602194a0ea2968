using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What <c>serve --stdio</c> makes of the words that sshd hands on: it splits them, and runs some.</summary>
public sealed class ForcedWordsTests : IClassFixture<ForcedWordsTests.Seeded>
{
    private readonly Home home;

    public ForcedWordsTests(Seeded seeded) => home = seeded.Home;

    /// <summary>A home with one snapshot, <c>seed</c>, in its repository.</summary>
    public sealed class Seeded : IAsyncLifetime
    {
        internal Home Home { get; } = new();

        public Task InitializeAsync() => Home.Put("seed", [9]);

        public Task DisposeAsync()
        {
            Home.Dispose();
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData("rm -rf /")]
    [InlineData("sh -c id")]
    [InlineData("/usr/bin/streamback put web1/x")]
    [InlineData("streamback")]
    [InlineData("streamback init")]
    [InlineData("streamback key show")]
    [InlineData("streamback key recovery")]
    [InlineData("streamback token add all --allow put,get")]
    [InlineData("streamback completion bash")]
    [InlineData("streamback help put")]
    [InlineData("streamback put --help")]
    [InlineData("streamback --version")]
    [InlineData("streamback [suggest] put")]
    [InlineData("streamback serve")]
    [InlineData("streamback serve --stdio --allow get")]
    [InlineData("streamback serve --stdio --prefix web2/")]
    [InlineData("streamback serve --listen http://127.0.0.1:0")]
    [InlineData("streamback --key-file other serve --stdio")]
    [InlineData("streamback --repository other serve --stdio")]
    [InlineData("streamback --repository other put web1/x")]
    [InlineData("streamback put web1/x --repository ssh://elsewhere/x")]
    [InlineData("streamback put web1/x --key-file other.key")]
    [InlineData("streamback put web1/x --spool /tmp")]
    [InlineData("streamback put web1/x -- touch ran")]
    [InlineData("streamback put -- web1/x")]
    [InlineData("streamback get seed -o ran")]
    [InlineData("streamback get seed --output=ran")]
    [InlineData("streamback put web1/x; touch ran")]
    [InlineData("streamback put web1/x && touch ran")]
    [InlineData("streamback put web1/x | tee ran")]
    [InlineData("streamback put web1/x > ran")]
    [InlineData("streamback put web1/$(touch ran)")]
    [InlineData("streamback put \"web1/`touch ran`\"")]
    [InlineData("streamback put \"web1/$HOME\"")]
    [InlineData("streamback put web1/x\ntouch ran")]
    [InlineData("streamback put 'web1/x")]
    [InlineData("streamback put web1/x\\")]
    public async Task Anything_else_is_refused_and_not_run(string command)
    {
        home["SSH_ORIGINAL_COMMAND"] = command;
        var before = home.Repository.Fingerprint();
        (await home.Feed("x"u8.ToArray(), "serve", "--stdio")).FailedWith(6, "Not allowed");
        Assert.Equal(before, home.Repository.Fingerprint());
        Assert.False(File.Exists(home.At("ran")));
    }

    [Theory]
    [InlineData("streamback put", 2)]
    [InlineData("streamback put ../x", 2)]
    [InlineData("streamback put x y", 2)]
    [InlineData("streamback put @file", 2)]
    [InlineData("streamback cat seed etc/passwd", 5)]
    [InlineData("streamback cat seed", 2)]
    [InlineData("streamback find", 2)]
    [InlineData("streamback diff seed", 2)]
    [InlineData("streamback ls", 2)]
    [InlineData("streamback ls seed none", 5)]
    public async Task A_verb_that_is_used_wrongly_says_so(string command, int exitCode)
    {
        home["SSH_ORIGINAL_COMMAND"] = command;
        (await home.Feed("x"u8.ToArray(), "serve", "--stdio")).FailedWith(exitCode, "");
    }

    [Theory]
    [InlineData("streamback 'get' \"se\"ed", "\t")]
    [InlineData("  streamback\tget   s\\eed ", "\t")]
    [InlineData("streamback --repository 'DATA' get seed", "\t")]
    [InlineData("streamback --quiet get seed@latest", "\t")]
    public async Task Words_are_split_as_a_shell_does(string command, string output)
    {
        home["SSH_ORIGINAL_COMMAND"] = command.Replace("DATA", home.Repository.Folder, StringComparison.Ordinal);
        Assert.Equal(output, (await home.Run("serve", "--stdio")).Succeeded().Text);
    }

    [Fact]
    public async Task A_very_long_command_is_refused_in_one_short_line()
    {
        home["SSH_ORIGINAL_COMMAND"] = "streamback put " + new string('a', 100_000) + " --key-file x";
        (await home.Run("serve", "--stdio")).FailedWith(6, "--key-file");
        home["SSH_ORIGINAL_COMMAND"] = new string('a', 100_000);
        var refused = await home.Run("serve", "--stdio");
        refused.FailedWith(6, "nothing that is run here");
        Assert.InRange(refused.Errors.Length, 0, 400);
    }
}
