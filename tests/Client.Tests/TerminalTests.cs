using System.Text;
using StreamBack.Client.Terminal;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;

namespace StreamBack.Client.Tests;

/// <summary>What only shows at a terminal: progress, and completion by a shell.</summary>
public sealed class TerminalTests : IDisposable
{
    private readonly Home home = new();

    [Fact]
    public void Progress_tells_bytes_rate_new_bytes_saving_and_the_time_left()
    {
        var progress = new TransferProgress { Total = 2L << 30, Bytes = 512 << 20, NewChunkBytes = 64 << 20, StoredBytes = 16 << 20 };
        Assert.Equal(
            "512 MiB, 256 MiB/s, 64.0 MiB new, 16.0 MiB stored, 96.9 % saved, 25 %, 0:06 left",
            ProgressLine.Describe(progress, TimeSpan.FromSeconds(2)));
        Assert.Equal("0 B, 0 B/s", ProgressLine.Describe(new TransferProgress(), TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Progress_says_nothing_of_the_rest_where_the_total_is_unknown_or_was_wrong()
    {
        foreach (var total in new[] { 0, 1 << 20 })
            Assert.Equal("2.00 MiB, 1.00 MiB/s", ProgressLine.Describe(new TransferProgress { Total = total, Bytes = 2 << 20 }, TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task Progress_of_a_get_that_goes_on_counts_only_what_it_adds()
    {
        var stream = Bytes.Random(1 << 20, 1);
        await home.Put("t", stream);
        var progress = new TransferProgress();
        var key = new KeyMaterial(File.ReadAllBytes(home.KeyFile), home.KeyFile, () => null);
        using var repository = EmbeddedRepository.Open(home.Repository.Folder, key, Assert.Fail);
        var snapshot = repository.Find(SnapshotSelector.Parse("t"));
        repository.Get(snapshot, Stream.Null, new MemoryStream(stream[..(3 << 18)]), progress, CancellationToken.None);
        Assert.Equal("1.00 MiB, 256 KiB/s", ProgressLine.Describe(progress, TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData("t < big", true)]
    [InlineData("t < <(cat big)", false)]
    public async Task Progress_of_a_put_tells_the_time_left_where_its_input_is_a_file(string arguments, bool tells)
    {
        // Long enough to hash that a line is drawn, on any machine; nothing of it lies on the disk.
        (await home.Shell("truncate -s 1G big")).Succeeded();
        var answer = (await home.Shell($"script -qec \"bash -c 'streamback put {arguments}'\" /dev/null < /dev/null")).Succeeded();
        Assert.Contains("iB/s", answer.Text, StringComparison.Ordinal);
        Assert.Equal(tells, System.Text.RegularExpressions.Regex.IsMatch(answer.Text, @"iB/s.*, \d+ %, \d+:\d\d left"));
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
    public async Task Interrupt_at_the_prompt_ends_it_with_130_and_restores_the_echo()
    {
        home["STREAMBACK_PASSPHRASE"] = "secret";
        (await home.Run("init", "--passphrase")).Succeeded();
        home["STREAMBACK_PASSPHRASE"] = null;

        // The shell between must live on to tell; what it starts must not ignore the signal, as it may where tests run in the background.
        const string Session = "trap : INT; env --default-signal=INT streamback list; echo exit $?; stty -a";
        var answer = await home.Shell($"(until grep -q Passphrase log; do sleep 0.1; done; printf '\\003'; until grep -q 'exit [0-9]' log; do sleep 0.1; done) 2> /dev/null | timeout 60 script -qefc '{Session}' log");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("Passphrase of", answer.Text, StringComparison.Ordinal);
        Assert.Contains("exit 130", answer.Text, StringComparison.Ordinal);
        Assert.Matches(@"(?<!-)\becho\b", answer.Text);
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
    public void Bug_is_told_with_its_stack_and_in_one_object_where_answers_are_json()
    {
        var bug = new InvalidOperationException("line\nline");
        Assert.Equal($"streamback: {bug}\n", ErrorReport.DescribeBug(bug, json: false));
        var line = ErrorReport.DescribeBug(bug, json: true);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        var json = System.Text.Json.JsonDocument.Parse(line).RootElement;
        Assert.Equal(("failed", $"{bug}"), (json.GetProperty("error").GetString(), json.GetProperty("message").GetString()));
    }

    public void Dispose() => home.Dispose();
}
