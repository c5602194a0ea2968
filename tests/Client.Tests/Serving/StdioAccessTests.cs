using System.Text;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Who may what over pipes: every request with every capability, with and without a prefix, inside and outside of it.</summary>
public sealed class StdioAccessTests(StdioAccessTests.TwoNames names) : IClassFixture<StdioAccessTests.TwoNames>
{
    private static readonly string[] All = ["put", "get", "list", "remove", "maintain", "objects", "objects-put"];

    // What is asked of NAME, its body, the capabilities that it needs, whether it is about the whole repository.
    private static readonly (string Line, string Body, string[] Needs, bool Whole)[] Requests =
    [
        ("PUT /api/v1/snapshots/NAME?dry-run=1", "x", ["put"], false),
        ("GET /api/v1/snapshots/NAME@latest", "", ["get"], false),
        ("GET /api/v1/snapshots/NAME", "", ["list"], false),
        ("GET /api/v1/snapshots/NAME@latest/info", "", ["list"], false),
        ("POST /api/v1/snapshots/NAME@latest/tags", "{}", ["maintain"], false),
        ("PUT /api/v1/snapshots/NAME?dry-run=1&time=2026-01-01", "x", ["put", "maintain"], false),
        ("GET /api/v1/stats", "", ["maintain"], true),
        ("POST /api/v1/check", "", ["maintain"], true),
    ];

    public static TheoryData<string, string> Allowed() => Sets([.. All, .. All.Select(one => string.Join(',', All.Except([one]))), "put,maintain", string.Join(',', All)]);

    public static TheoryData<string, string> AllowedLines() => Sets([.. All, string.Join(',', All)]);

    [Theory]
    [MemberData(nameof(Allowed))]
    public async Task Each_request_needs_its_capabilities_and_its_prefix(string allow, string prefix)
    {
        var input = new StringBuilder();
        var expected = new List<(string, bool)>();
        foreach (var name in new[] { "web1/etc", "web2/etc" })
        {
            foreach (var (line, body, needs, whole) in Requests)
            {
                var asked = line.Replace("NAME", name, StringComparison.Ordinal);
                input.Append($"{asked} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {body.Length}\r\n\r\n{body}");
                expected.Add((asked, needs.All(allow.Split(',').Contains) && (prefix == "" || (name == "web1/etc" && !whole))));
            }
        }

        string[] limits = prefix == "" ? ["--allow", allow] : ["--allow", allow, "--prefix", prefix];
        var heard = (await names.Home.Feed(Encoding.ASCII.GetBytes(input.ToString()), ["serve", "--stdio", .. limits])).Succeeded().Output.ToList();
        foreach (var (asked, may) in expected)
        {
            Assert.True(RawAnswer.TryTake(heard, closed: true, out var answer), $"no answer to {asked}");
            Assert.True(may ? answer.Status is 200 or 204 : answer.Status == 403, $"{answer.Status} to {asked}");
        }

        Assert.Empty(heard);
    }

    [Theory]
    [MemberData(nameof(AllowedLines))]
    public async Task A_request_line_needs_get_and_its_prefix(string allow, string prefix)
    {
        string[] limits = prefix == "" ? ["--allow", allow] : ["--allow", allow, "--prefix", prefix];
        foreach (var (line, name) in new[] { ("get web1/etc@latest", "web1/etc"), ("restore-files --transfermode=tar /web2/etc/latest", "web2/etc") })
        {
            var answer = await names.Home.Feed(Encoding.ASCII.GetBytes(line + "\n"), ["serve", "--stdio", .. limits]);
            if (allow.Split(',').Contains("get") && (prefix == "" || name == "web1/etc"))
                Assert.Equal(3, answer.Succeeded().Output.Length);
            else
                answer.FailedWith(6, "Not allowed");
        }
    }

    [Theory]
    [InlineData("everything", "", 2)]
    [InlineData("", "", 2)]
    [InlineData("put,", "", 2)]
    [InlineData("get", "web1/../web2", 2)]
    [InlineData("get", "/", 2)]
    [InlineData("get", "web2//", 2)]
    [InlineData("get", "*", 2)]
    public async Task Limits_that_are_none_are_refused_and_never_mean_everything(string allow, string prefix, int exitCode)
    {
        var answer = await names.Home.Feed("get web2/etc\n"u8.ToArray(), ["serve", "--stdio", "--allow", allow, .. prefix == "" ? Array.Empty<string>() : ["--prefix", prefix]]);
        Assert.Equal((exitCode, 0), (answer.ExitCode, answer.Output.Length));
    }

    // Every set with every name and with a prefix; one name alone with everything.
    private static TheoryData<string, string> Sets(string[] sets)
    {
        var data = new TheoryData<string, string>();
        foreach (var allow in sets)
        {
            data.Add(allow, "");
            data.Add(allow, "web1/");
        }

        data.Add(sets[^1], "web1/etc");
        return data;
    }

    /// <summary>A repository with one snapshot inside and one outside of the prefix.</summary>
    public sealed class TwoNames : IAsyncLifetime
    {
        internal Home Home { get; } = new();

        public async Task InitializeAsync()
        {
            await Home.Put("web1/etc", [1, 2, 3]);
            await Home.Put("web2/etc", [4, 5, 6]);
        }

        public Task DisposeAsync()
        {
            Home.Dispose();
            return Task.CompletedTask;
        }
    }
}
