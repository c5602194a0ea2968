using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>
/// Names, selectors, tags and commands that try to be something else: another path, another header, another line. Refused, or kept as
/// the harmless text that they are.
/// </summary>
public sealed class HostileNameTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string One = "Content-Length: 1\r\n";

    public static TheoryData<string, int> Names => new()
    {
        { "", 400 },
        { "/", 400 },
        { "/x/", 400 },
        { "//x", 400 },
        { "/x//y", 400 },
        { "/.", 400 },
        { "/./x", 400 },
        { "/x/.", 400 },
        { "/x/./y", 400 },
        { "/x/../y", 400 },
        { "/x/..", 400 },
        { "/..", 404 },
        { "/../../etc/passwd", 404 },
        { "/%2e%2e/x", 404 },
        { "/x/%2E%2e/y", 400 },
        { "/x/.%2e/y", 400 },
        { "/x/%252e%252e/y", 400 },
        { "/x%2Fy", 400 },
        { "/x/..%2fy", 400 },
        { "/x%5Cy", 400 },
        { "/x\\..\\y", 400 },
        { "/x%00", 400 },
        { "/x%00.tar", 400 },
        { "/x%0d%0aSet-Cookie:a=b", 400 },
        { "/x%0aX", 400 },
        { "/x%zz", 400 },
        { "/x%", 400 },
        { "/x%u002e", 400 },
        { "/x%c0%ae%c0%ae", 400 },
        { "/x%ff", 400 },
        { "/%C3%A4", 400 },
        { "/\u00e4", 400 },
        { "/x%20y", 400 },
        { "/x y", 400 },
        { "/x+y", 400 },
        { "/x;y=z", 400 },
        { "/x:y", 400 },
        { "/x~", 400 },
        { "/x#y", 400 },
        { "/.hidden", 400 },
        { "/-x", 400 },
        { "/x*", 400 },
        { "/x@latest", 400 },
        { "/x@y@z", 400 },
        { "/x%40latest", 400 },
        { "/@", 400 },
        { "/{long}", 400 },
        { "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", 400 },
        { "/{many}", 400 },
        { "/x?tag=", 400 },
        { "/x?tag=a%0d%0ab", 400 },
        { "/x?tag=a%20b", 400 },
        { "/x?tag=%00", 400 },
        { "/x?tag={long}", 400 },
        { "/x?tag={vast}", 400 },
        { "/x?time=never", 400 },
        { "/x?time=", 400 },
        { "/x?time=9999-12-31", 400 },
        { "/x?time=2026-01-01&time=2026-01-02", 400 },
        { "/x?raw=yes", 400 },
        { "/x?raw=1&raw=1", 400 },
        { "/x?dry-run=-1", 400 },
        { "/x?allow=everything", 400 },
        { "/x?allow=empty,truncated", 400 },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_put_to_what_is_no_name_is_refused(string name, int status)
    {
        Assert.Equal(status, fixture.Ask("PUT /api/v1/snapshots" + Fill(name), One, "x").Status);
        await fixture.AssertNothingKept();
        fixture.AssertWell();
    }

    [Theory]
    [InlineData("seed@", 400)]
    [InlineData("seed@LATEST", 400)]
    [InlineData("seed@-0", 400)]
    [InlineData("seed@--1", 400)]
    [InlineData("seed@-99999999999", 400)]
    [InlineData("seed@-2147483647", 404)]
    [InlineData("seed@0000", 400)]
    [InlineData("seed@0001", 404)]
    [InlineData("seed@ffffff", 404)]
    [InlineData("seed@{long}", 400)]
    [InlineData("seed@%2e%2e", 400)]
    [InlineData("seed@latest%0d%0aX:y", 400)]
    [InlineData("seed@latest%00", 400)]
    [InlineData("seed@latest/..", 400)]
    [InlineData("seed@latest/../../config", 404)]
    [InlineData("seed@latest/%2e%2e/info", 400)]
    [InlineData("seed@latest/nothing", 404)]
    [InlineData("seed@latest/info/more", 404)]
    [InlineData("seed@latest/tags", 404)]
    [InlineData("seed@latest@latest", 400)]
    [InlineData("../seed@latest", 404)]
    [InlineData("seed@latest?path=x", 400)]
    public void A_get_of_what_is_no_snapshot_is_refused(string path, int status)
    {
        Assert.Equal(status, fixture.Ask("GET /api/v1/snapshots/" + Fill(path)).Status);
        fixture.AssertWell();
    }

    [Theory]
    [InlineData("tag=%E2%80%AE%22%3E%3Cscript%3E")]
    [InlineData("tag=%ff%fe")]
    [InlineData("command=a%0d%0aSet-Cookie:%20x&command=%00%01&command=")]
    [InlineData("command=%0d%0a%0d%0aHTTP/1.1%20200%20OK")]
    [InlineData("nothing=known&x[]=y&=&&")]
    public async Task What_is_no_name_stays_inside_of_the_body(string query)
    {
        var put = fixture.Ask("PUT /api/v1/snapshots/seed?dry-run=1&" + query, One, "x");
        Assert.Equal(200, put.Status);
        Assert.DoesNotContain("Set-Cookie", put.Head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', put.Text);
        Assert.DoesNotContain('\r', put.Text);
        await fixture.AssertNothingKept();
        fixture.AssertWell();
    }

    [Fact]
    public void What_was_named_hostilely_leaves_no_second_header_nor_line_in_any_answer()
    {
        var longest = string.Join('/', Enumerable.Repeat(new string('z', 100), 16));
        var tag = Uri.EscapeDataString("\u202e\"',<\u00e9\ud83d\ude00");
        Assert.Equal(200, fixture.Ask($"PUT /api/v1/snapshots/{longest}?dry-run=1&tag={tag}&command=%0d%0ax%0d%0a", One, "x").Status);
        foreach (var answer in new[] { fixture.Ask("GET /api/v1/snapshots/seed@latest"), fixture.Ask("GET /api/v1/snapshots?prefix=%0d%0ax:y") })
        {
            Assert.Equal(200, answer.Status);
            Assert.DoesNotContain("x:y", answer.Head, StringComparison.Ordinal);
        }

        Assert.Equal($"/api/v1/snapshots/seed@{fixture.SeedId}", fixture.Ask("GET /api/v1/snapshots/seed@latest").Header("Content-Location"));
        Assert.Equal($"\"{fixture.SeedId}\"", fixture.Ask("GET /api/v1/snapshots/seed@latest").Header("ETag"));
    }

    [Fact]
    public void No_file_appears_outside_of_the_repository_and_its_state()
    {
        foreach (var name in new[] { "../../../x", "..%2f..%2fx", "%2e%2e/%2e%2e/x", "/tmp/x", "x/../../../../../tmp/x", "C:%5Cx", "config", "bundles/x", "snapshots/x", "locks/x" })
            fixture.Ask("PUT /api/v1/snapshots/" + name + "?dry-run=1", One, "x");
        string[] known = ["data/streamback", "config/streamback", "state/streamback"];
        var outside = Directory.GetFiles(fixture.Home.Folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Where(path => !known.Any(folder => path.StartsWith(fixture.Home.At(folder), StringComparison.Ordinal)));
        Assert.Empty(outside);
        fixture.AssertWell();
    }

    private static string Fill(string template) => template
        .Replace("{long}", new string('x', 101), StringComparison.Ordinal)
        .Replace("{vast}", new string('x', 100_000), StringComparison.Ordinal)
        .Replace("{many}", string.Join('/', Enumerable.Repeat("x", 20_000)), StringComparison.Ordinal);
}
