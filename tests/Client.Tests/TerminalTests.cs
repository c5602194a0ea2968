using System.Text;
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
        // Standard error of the second is the terminal that script makes; its producer goes on until a line is drawn.
        const string Put = "(head -c 100000 /dev/zero; sleep 1) | streamback put";
        const string PutUntilDrawn = "(head -c 100000 /dev/zero; until grep -q 'Ki[B]/s' drawn; do sleep 0.1; done) | streamback put";
        Assert.DoesNotContain("KiB/s", (await home.Shell($"{Put} t")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Contains("KiB/s", (await home.Shell($"timeout 60 script -qefc \"{PutUntilDrawn} u\" drawn < /dev/null")).Succeeded().Text, StringComparison.Ordinal);
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
    [InlineData("streamback ch", "check")]
    [InlineData("streamback key rec", "recovery")]
    [InlineData("streamback put --dr", "--dry-run")]
    public async Task Fish_completes_verbs_and_options(string typed, string completed)
    {
        var answer = (await home.Shell($"streamback completion fish > streamback.fish; fish --no-config -c 'source streamback.fish; complete -C \"{typed}\"'")).Succeeded();
        Assert.Equal("", answer.Errors);
        Assert.Equal(completed, Assert.Single(answer.Lines).Split('\t')[0]);
    }

    [Theory]
    [InlineData("streamback ch", "check")]
    [InlineData("streamback key rec", "key recovery")]
    [InlineData("streamback put --dr", "put --dry-run")]
    [InlineData("streamback get we", "get web1/etc")]
    public async Task Zsh_completes_verbs_options_and_names_at_the_first_tab(string typed, string completed)
    {
        await home.Put("web1/etc", Tars.Small);
        home.Write("interactive.zsh", Encoding.UTF8.GetBytes($$"""
            zmodload zsh/zpty
            zpty shell 'TERM=dumb zsh -f -i'
            zpty -w shell 'mkdir functions; command streamback completion zsh > functions/_streamback'
            zpty -w shell 'fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -d dump'
            zpty -w shell 'streamback() { print "ran: $*." }; print rea""dy'
            zpty -r shell output '*ready*'
            zpty -w -n shell $'{{typed}}\t\n'
            zpty -r shell output '*ran: *.*'
            print -r -- "$output"
            """));
        var answer = await home.Shell("timeout 60 zsh -f interactive.zsh");
        Assert.Contains($"ran: {completed}.", answer.Succeeded().Text, StringComparison.Ordinal);
    }

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
