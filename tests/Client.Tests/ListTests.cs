using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary><c>list</c>, <c>show</c>, and which snapshot <c>NAME@WHICH</c> is.</summary>
public sealed class ListTests(ListTests.Stocked stocked) : IClassFixture<ListTests.Stocked>
{
    private readonly Home home = stocked.Home;

    /// <summary>A repository with some history, made once; tests only read it.</summary>
    public sealed class Stocked : IAsyncLifetime
    {
        internal Home Home { get; } = new();

        internal string FirstId { get; private set; } = "";

        public async Task InitializeAsync()
        {
            FirstId = (await Home.Put("web1/etc", "first"u8.ToArray(), "--time", "2016-01-31T23:30Z", "--tag", "old", "--tag", "kept")).Json.GetProperty("id").GetString()!;
            await Home.Put("web1/etc", "second"u8.ToArray(), "--time", "2016-02-01T00:00:30Z", "--tag", "old");
            await Home.Put("web1/etc", "third"u8.ToArray(), "--time", "2016-02-14");
            await Home.Put("web1/etc", Tars.Small[..1000], "--time", "2016-03-01", "--allow-truncated");
            await Home.Put("web1/etcetera", "other"u8.ToArray());
            await Home.Put("partial", Tars.Small[..1000], "--allow-truncated");
        }

        public Task DisposeAsync()
        {
            Home.Dispose();
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData("", "third")]
    [InlineData("@latest", "third")]
    [InlineData("@-1", "third")]
    [InlineData("@-2", "second")]
    [InlineData("@-3", "first")]
    [InlineData("@2016-02-14", "third")]
    [InlineData("@2016-02", "third")]
    [InlineData("@2016-02-13", "second")]
    [InlineData("@2016-02-01T00:00", "second")]
    [InlineData("@2016-02-01T00:00:30Z", "second")]
    [InlineData("@2016-02-01T00:00:29Z", "first")]
    [InlineData("@2016-01", "first")]
    [InlineData("@2016-01-31T23", "first")]
    public async Task Selector_chooses_by_place_or_time(string which, string expected) =>
        Assert.Equal(expected, (await home.Run("get", "web1/etc" + which)).Succeeded().Text);

    [Fact]
    public async Task Selector_chooses_by_the_first_digits_of_an_id()
    {
        Assert.Equal("first", (await home.Run("get", $"web1/etc@{stocked.FirstId[..6]}")).Succeeded().Text);
        Assert.Equal("first", (await home.Run("get", $"web1/etc@{stocked.FirstId.ToUpperInvariant()}")).Succeeded().Text);
        (await home.Run("get", $"partial@{stocked.FirstId[..8]}")).FailedWith(5, "begins with");
    }

    [Theory]
    [InlineData("web1/etc@-4", 5)]
    [InlineData("web1/etc@2015", 5)]
    [InlineData("web1/etc@000000000000", 5)]
    [InlineData("web1", 5)]
    [InlineData("absent", 5)]
    [InlineData("web1/etc@", 2)]
    [InlineData("web1/etc@-0", 2)]
    [InlineData("web1/etc@1", 2)]
    [InlineData("web1/etc@abcde", 2)]
    [InlineData("web1/etc@2016-13", 2)]
    [InlineData("web1/etc@yesterday", 2)]
    [InlineData("web1/etc@-1@-1", 2)]
    [InlineData("../etc", 2)]
    public async Task Selector_that_fits_nothing_is_refused_in_one_line(string selector, int exitCode) =>
        (await home.Run("get", selector)).FailedWith(exitCode, selector.Split('@')[^1]);

    [Fact]
    public async Task Marked_snapshot_is_latest_only_where_it_is_alone()
    {
        Assert.Equal(4, (await home.Run("get", "partial")).ExitCode);
        Assert.Equal(0, (await home.Run("get", "web1/etc")).ExitCode);
    }

    [Fact]
    public async Task List_shows_a_line_for_each_snapshot_by_name_then_oldest_first()
    {
        var lines = (await home.Run("list")).Succeeded().Lines;
        Assert.Equal(6, lines.Length);
        Assert.EndsWith("  partial  (truncated)", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(stocked.FirstId[..8] + "  2016-01-31 23:30:00Z", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("  web1/etc  #kept #old", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("  web1/etcetera", lines[5], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, "list", "web1/etc")]
    [InlineData(5, "list", "web1/")]
    [InlineData(2, "list", "--tag", "old")]
    [InlineData(1, "list", "--tag", "old", "--tag", "kept")]
    [InlineData(0, "list", "--tag", "none")]
    [InlineData(2, "list", "web1/etc", "--since", "2016-02-14")]
    [InlineData(2, "list", "--since", "1h")]
    [InlineData(0, "list", "web1/etc", "--since", "1w")]
    public async Task List_shows_only_what_is_asked_for(int expected, params string[] arguments)
    {
        Assert.Equal(expected, (await home.Run(arguments)).Succeeded().Lines.Length);
    }

    [Fact]
    public async Task List_refuses_a_name_that_is_not_there_and_a_time_that_is_none()
    {
        (await home.Run("list", "web1")).FailedWith(5, "'web1'; 'web1/' means those below it");
        (await home.Run("list", "web1/et")).FailedWith(5, "'web1/et'\n");
        (await home.Run("list", "absent/")).FailedWith(5, "absent");
        (await home.Run("list", "a/../b")).FailedWith(2, "..");
        (await home.Run("list", "--since", "soon")).FailedWith(2, "soon");
    }

    [Fact]
    public async Task List_json_is_one_object_a_line()
    {
        var lines = (await home.Run("list", "--json")).Succeeded().Lines;
        var first = System.Text.Json.JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal(6, lines.Length);
        Assert.Equal(stocked.FirstId, first.GetProperty("id").GetString());
        Assert.Equal("2016-01-31T23:30:00Z", first.GetProperty("time").GetString());
        Assert.Equal(["kept", "old"], first.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
    }

    [Fact]
    public async Task Show_tells_the_facts_of_one_snapshot()
    {
        var text = (await home.Run("show", "web1/etc@-3")).Succeeded().Text;
        foreach (var fact in new[] { stocked.FirstId, "2016-01-31 23:30:00.000000Z", "raw", "5 (5 B)", "kept, old" })
            Assert.Contains(fact, text, StringComparison.Ordinal);
        var json = (await home.Run("show", "web1/etc@-2", "--json")).Succeeded().Json;
        Assert.Equal(stocked.FirstId, json.GetProperty("previous").GetString());
        (await home.Run("show", "absent")).FailedWith(5, "absent");
    }

    [Fact]
    public async Task Errors_are_an_object_too_where_answers_are()
    {
        var answer = await home.Run("show", "absent", "--json");
        Assert.Equal((5, ""), (answer.ExitCode, answer.Text));
        Assert.Equal("not-found", System.Text.Json.JsonDocument.Parse(answer.Errors).RootElement.GetProperty("error").GetString());
    }
}
