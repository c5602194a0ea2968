using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>An ssh key that is bound to <c>serve --stdio</c>: what a client asks for is done within the limits, by the real sshd.</summary>
public sealed class ForcedCommandTests : IDisposable
{
    private readonly Home home = new();
    private SshServer? sshd;

    public void Dispose()
    {
        sshd?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task A_put_only_host_puts_and_does_nothing_else()
    {
        await Bind("--allow put --prefix web1/");
        (await home.Shell("echo one | ssh host streamback put web1/etc --tag daily")).Succeeded();
        var put = (await home.Shell("echo two | ssh host streamback put --json web1/etc")).Succeeded();
        Assert.False(put.Json.TryGetProperty("storedBytes", out _));
        Assert.Equal("two\n", (await home.Run("get", "web1/etc")).Succeeded().Text);
        Assert.Equal("daily", (await home.Run("list", "web1/etc", "--json")).Lines.Select(line => line.Contains("daily", StringComparison.Ordinal) ? "daily" : "").First());
        (await home.Shell("echo x | ssh host streamback put web2/etc")).FailedWith(6, "web2/etc");
        (await home.Shell("echo x | ssh host streamback put web1/old --time 2020-01-01")).FailedWith(6, "maintain");
        foreach (var verb in new[] { "get web1/etc", "show web1/etc", "list", "tag web1/etc x", "check", "stats" })
            (await home.Shell($"ssh host streamback {verb}")).FailedWith(6, "Not allowed");
    }

    [Fact]
    public async Task A_get_only_host_gets_and_does_nothing_else()
    {
        await Bind("--allow get --prefix web1/");
        await home.Put("web1/etc", [1, 2, 3], "--tag", "secret");
        Assert.Equal([1, 2, 3], (await home.Shell("ssh host streamback get web1/etc@-1")).Succeeded().Output);
        var facts = (await home.Shell("ssh host streamback show web1/etc --json")).Succeeded().Text;
        Assert.DoesNotContain("secret", facts, StringComparison.Ordinal);
        Assert.DoesNotContain("stored", facts, StringComparison.Ordinal);
        (await home.Shell("ssh host streamback get seed")).FailedWith(6, "seed");
        (await home.Shell("echo x | ssh host streamback put web1/etc")).FailedWith(6, "needs put");
        (await home.Shell("ssh host streamback list")).FailedWith(6, "needs list");
        (await home.Shell("ssh host streamback get web1/none")).FailedWith(5, "web1/none");
    }

    [Fact]
    public async Task A_list_only_host_sees_what_its_prefix_covers()
    {
        await Bind("--allow list --prefix web1/");
        await home.Put("web1/etc", [1, 2, 3]);
        var list = (await home.Shell("ssh host streamback list")).Succeeded().Text;
        Assert.Contains("web1/etc", list, StringComparison.Ordinal);
        Assert.DoesNotContain("seed", list, StringComparison.Ordinal);
        Assert.DoesNotContain("stored", list, StringComparison.Ordinal);
        (await home.Shell("ssh host streamback show web1/etc")).Succeeded();
        (await home.Shell("ssh host streamback show seed")).FailedWith(6, "seed");
        (await home.Shell("ssh host streamback get web1/etc")).FailedWith(6, "needs get");
    }

    [Fact]
    public async Task Who_may_maintain_tags_checks_and_counts()
    {
        await Bind("--allow maintain,list");
        (await home.Shell("ssh host streamback tag seed \"'kept'\"")).Succeeded();
        Assert.Contains("#kept", (await home.Run("list")).Text, StringComparison.Ordinal);
        (await home.Shell("ssh host streamback check --read-data")).Succeeded();
        (await home.Shell("ssh host streamback stats")).Succeeded();
    }

    [Fact]
    public async Task A_prefix_does_not_reach_the_whole_repository()
    {
        await Bind("--allow maintain --prefix web1/");
        (await home.Shell("ssh host streamback check")).FailedWith(6, "whole repository");
        (await home.Shell("ssh host streamback stats")).FailedWith(6, "whole repository");
        (await home.Shell("ssh host streamback tag seed x")).FailedWith(6, "Not allowed");
    }

    [Fact]
    public async Task Http_and_request_lines_keep_to_the_same_limits()
    {
        await Bind("--allow put,get --prefix web1/");
        (await home.Shell("""
            set -e
            export STREAMBACK_REPOSITORY=ssh://host$PWD/data/streamback
            echo remote | streamback put web1/a
            streamback get web1/a | grep -q remote
            echo "get web1/a" | ssh host streamback serve --stdio | grep -q remote
            echo "get web1/a" | ssh host | grep -q remote
            """)).Succeeded();
        home["STREAMBACK_REPOSITORY"] = "ssh://host" + home.At("data/streamback");
        (await home.Run("get", "seed")).FailedWith(6, "is outside of web1/");
        (await home.Run("stats")).FailedWith(6, "maintain");
        home["STREAMBACK_REPOSITORY"] = "ssh://host" + home.At("data/other");
        Assert.Equal(6, (await home.Run("list")).ExitCode);
    }

    private async Task Bind(string limits)
    {
        await home.Put("seed", [9, 9, 9]);
        sshd = await SshServer.Start(home, $"exec streamback serve --stdio {limits}");
    }
}
