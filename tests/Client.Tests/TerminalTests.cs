using StreamBack.Client.Terminal;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol;

namespace StreamBack.Client.Tests;

/// <summary>What only shows at a terminal: progress, and completion by a shell.</summary>
public sealed class TerminalTests : IDisposable
{
    private readonly Home home = new();

    [Fact]
    public void Progress_tells_bytes_rate_new_bytes_saving_and_the_time_left()
    {
        var progress = new TransferProgress { Bytes = 512 << 20, NewChunkBytes = 64 << 20, StoredBytes = 16 << 20 };
        Assert.Equal(
            "512 MiB, 256 MiB/s, 64.0 MiB new, 16.0 MiB stored, 96.9 % saved, 25 %, 0:06 left",
            ProgressLine.Describe(progress, total: 2L << 30, TimeSpan.FromSeconds(2)));
        Assert.Equal("0 B, 0 B/s", ProgressLine.Describe(new TransferProgress(), total: null, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Progress_is_drawn_on_a_terminal_only()
    {
        // Standard error of the second is the terminal that script makes; the producer is slow enough for a line to be drawn.
        const string Put = "(head -c 100000 /dev/zero; sleep 1) | streamback put";
        Assert.DoesNotContain("KiB/s", (await home.Shell($"{Put} t")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Contains("KiB/s", (await home.Shell($"script -qec '{Put} u' /dev/null < /dev/null")).Succeeded().Text, StringComparison.Ordinal);
        Assert.DoesNotContain("KiB/s", (await home.Shell($"script -qec '{Put} v --quiet' /dev/null < /dev/null")).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupt_at_the_prompt_ends_it_and_no_control_codes_are_left()
    {
        home["STREAMBACK_PASSPHRASE"] = "secret";
        (await home.Run("init", "--passphrase")).Succeeded();
        home["STREAMBACK_PASSPHRASE"] = null;
        var answer = await home.Shell("(sleep 2; printf '\\003'; sleep 1) | timeout 60 script -qec 'streamback list' /dev/null");
        Assert.NotEqual(124, answer.ExitCode);
        Assert.Contains("Passphrase of", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", (await home.Shell("script -qec 'streamback show nope/' /dev/null < /dev/null")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("streamback ch", "check")]
    [InlineData("streamback put --dr", "--dry-run")]
    [InlineData("streamback key rec", "recovery")]
    [InlineData("streamback get we", "web1/etc")]
    public async Task Bash_completes_verbs_options_and_names(string typed, string completed)
    {
        await home.Put("web1/etc", Tars.Small);
        var words = typed.Split(' ');
        var answer = await home.Shell($"""
            source <(streamback completion bash)
            COMP_WORDS=({typed}) COMP_CWORD={words.Length - 1}
            _streamback
            printf '%s\n' "${"{COMPREPLY[@]}"}"
            """);
        Assert.Equal([completed], answer.Succeeded().Lines);
    }

    [Theory]
    [InlineData("zsh", "#compdef streamback")]
    [InlineData("fish", "complete -c streamback")]
    public async Task Other_shells_have_their_script(string shell, string beginning) =>
        Assert.StartsWith(beginning, (await home.Run("completion", shell)).Succeeded().Text, StringComparison.Ordinal);

    [Fact]
    public async Task Every_verb_has_an_example_in_its_help()
    {
        foreach (var verb in new[] { "init", "put", "get", "list", "show", "tag", "check", "stats", "completion" })
            Assert.Contains("Example:\n  ", (await home.Run(verb, "--help")).Succeeded().Text, StringComparison.Ordinal);
        foreach (var verb in new[] { "show", "passphrase", "recovery", "export-put" })
            Assert.Contains("Example:\n  ", (await home.Run("key", verb, "--help")).Succeeded().Text, StringComparison.Ordinal);
    }

    public void Dispose() => home.Dispose();
}
