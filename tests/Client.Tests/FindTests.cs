using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>What is found in all snapshots.</summary>
public sealed class FindTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task It_tells_in_which_snapshots_and_when_it_changed()
    {
        (await home.Shell("""
            set -e
            mkdir -p etc/ssh; put() { tar c etc | streamback put web1/etc --quiet --time 2026-01-0$1; }
            echo 1 > etc/ssh/config; put 1
            echo 22 > etc/ssh/config; put 2; put 3
            chmod 600 etc/ssh/config; put 4
            mv etc/ssh/config kept; put 5
            mv kept etc/ssh/config; put 6
            echo x | streamback put db --quiet
            """)).Succeeded();
        var found = (await home.Run("find", "conf*", "--json")).Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            ["6-6 1 3 0600 added", "4-4 1 3 0600 metadata", "3-2 2 3 0644 contents", "1-1 1 2 0644 "],
            found.Select(one => $"{Day(one, "newest")}-{Day(one, "oldest")} {one.GetProperty("snapshots")} {Member(one, "size")} {Member(one, "mode")} {(one.TryGetProperty("change", out var change) ? change.GetString() : "")}"));
        var text = (await home.Run("find", "config", "web1/")).Succeeded().Lines;
        Assert.Equal(("web1/etc: etc/ssh/config", 5), (text[0], text.Length));
        Assert.Matches(", added there$", text[1]);
        Assert.Matches(", gone in [0-9a-f]{8} of 2026-01-05 00:00:00Z$", text[2]);
        Assert.Contains("in 2 snapshots, back to ", text[3], StringComparison.Ordinal);
        Assert.EndsWith("2026-01-02 00:00:00Z, contents changed there", text[3], StringComparison.Ordinal);
        Assert.Equal("db: stream", (await home.Run("find", "str?am")).Succeeded().Lines[0]);
        (await home.Run("find", "config", "db")).FailedWith(5, "'config'");
        (await home.Run("find", "ssh/config")).FailedWith(5, "'**/ssh/config'");
        (await home.Run("find", "config", "none")).FailedWith(5, "'none'");
        (await home.Run("find", "[x")).FailedWith(2, "]");
        (await home.Run("find", "x", "../y")).FailedWith(2, "");
    }

    [Fact]
    public async Task A_hard_link_is_told_as_the_file_that_it_is()
    {
        (await home.Shell("""
            set -e; mkdir d; echo 1 > d/a; ln d/a d/b; tar c d/a d/b | streamback put x --quiet
            echo 22 > d/a; tar c d/a d/b | streamback put x --quiet; tar c d/b d/a | streamback put x --quiet
            """)).Succeeded();
        var found = (await home.Run("find", "b", "--json")).Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["2 3 file contents", "1 2 file "], found.Select(one => $"{one.GetProperty("snapshots")} {Member(one, "size")} {Member(one, "type")} {(one.TryGetProperty("change", out var change) ? change.GetString() : "")}"));
    }

    // Bash's own matching is the oracle, for names and for paths.
    [Theory]
    [InlineData("*.conf")]
    [InlineData("f?o")]
    [InlineData("[a-f]*")]
    [InlineData("[!a-f]*")]
    [InlineData("*")]
    [InlineData("é*")]
    [InlineData("?")]
    public async Task A_name_matches_as_it_does_in_a_shell(string pattern)
    {
        (await home.Shell($$"""
            set -e; export LC_ALL=C.UTF-8; shopt -s nullglob dotglob
            mkdir -p tree/sub; cd tree; touch -- a.conf .conf x.confx foo fo fooo f1o '*' 'a*b' é éé sub/b.conf sub/foo zz '[x]' -dash; cd ..
            tar c tree | streamback put t --quiet
            expected=$(cd tree; for f in {{pattern}}; do echo "tree/$f"; done; cd sub; for f in {{pattern}}; do echo "tree/sub/$f"; done)
            (echo "$expected"; case tree in {{pattern}}) echo tree;; esac) | LC_ALL=C sort > there
            streamback find --json -- '{{pattern}}' | grep -o '"path":"[^"]*"' | cut -d'"' -f4 | sed 's/\\u00E9/é/g' | LC_ALL=C sort > here
            cmp here there
            """)).Succeeded();
    }

    [Theory]
    [InlineData("tree/*.conf", "tree/a.conf")]
    [InlineData("/tree/*/*.conf", "tree/sub/b.conf")]
    [InlineData("tree/**/*.conf", "tree/a.conf tree/sub/b.conf tree/sub/sub/c.conf")]
    [InlineData("**/c.conf", "tree/sub/sub/c.conf")]
    [InlineData("./tree/sub/b.conf", "tree/sub/b.conf")]
    [InlineData("*/sub/**", "tree/sub/b.conf tree/sub/sub tree/sub/sub/c.conf")]
    [InlineData("tree/s[tu]b/", "tree/sub")]
    public async Task A_path_matches_as_a_whole(string pattern, string expected)
    {
        (await home.Shell("mkdir -p tree/sub/sub; touch tree/a.conf tree/sub/b.conf tree/sub/sub/c.conf; tar c tree | streamback put t --quiet")).Succeeded();
        var found = (await home.Run("find", "--json", pattern)).Succeeded().Lines.Select(line => Member(JsonDocument.Parse(line).RootElement, "path"));
        Assert.Equal(expected, string.Join(' ', found.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_damaged_snapshot_is_told_and_the_others_are_looked_into()
    {
        (await home.Shell("mkdir tree; touch tree/hello; tar c tree | streamback put a --quiet")).Succeeded();
        var sound = home.Repository.Snapshots;
        (await home.Shell("echo hello > file; tar c file | streamback put b --quiet")).Succeeded();
        RepositoryFiles.Flip(home.Repository.Snapshots.Except(sound).Single(), 200);
        var answer = await home.Run("find", "hello");
        Assert.Equal(3, answer.ExitCode);
        Assert.StartsWith("a: tree/hello\n", answer.Text, StringComparison.Ordinal);
    }

    private static string Day(JsonElement found, string which) => found.GetProperty(which).GetProperty("time").GetDateTime().Day.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Member(JsonElement found, string fact) => found.GetProperty("member").GetProperty(fact).ToString();
}
