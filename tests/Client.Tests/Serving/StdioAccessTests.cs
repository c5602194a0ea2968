using System.Text;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Who may what over pipes: every request with every capability, with and without a prefix, inside and outside of it.</summary>
public sealed class StdioAccessTests(StdioAccessTests.TwoNames names) : IClassFixture<StdioAccessTests.TwoNames>
{
    [Theory]
    [MemberData(nameof(AccessRequest.Grants), MemberType = typeof(AccessRequest))]
    public async Task Each_request_needs_its_capabilities_and_its_prefix(string allow, string prefix)
    {
        using var connection = new PipeConnection(names.Home, Limits(allow, prefix));
        await new AccessWalk(connection.Ask, "Host: 127.0.0.1\r\n", names.ObjectId, new string('0', 32)).Run(allow, prefix);
        await connection.HangUp();
    }

    [Theory]
    [MemberData(nameof(AccessRequest.GrantsOfLines), MemberType = typeof(AccessRequest))]
    public async Task A_request_line_needs_get_and_its_prefix(string allow, string prefix)
    {
        foreach (var (line, name) in new[] { ("get web1/etc@latest", "web1/etc"), ("restore-files --transfermode=tar /web2/etc/latest", "web2/etc") })
        {
            var answer = await names.Home.Feed(Encoding.ASCII.GetBytes(line + "\n"), ["serve", "--stdio", .. Limits(allow, prefix)]);
            if (allow.Split(',').Contains("get") && (prefix == "" || name == "web1/etc"))
                Assert.NotEmpty(answer.Succeeded().Output);
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

    private static string[] Limits(string allow, string prefix) => prefix == "" ? ["--allow", allow] : ["--allow", allow, "--prefix", prefix];

    /// <summary>A repository with one snapshot inside and one outside of the prefix.</summary>
    public sealed class TwoNames : IAsyncLifetime
    {
        internal Home Home { get; } = new();

        /// <summary>Of a stored manifest.</summary>
        internal string ObjectId { get; private set; } = "";

        public async Task InitializeAsync()
        {
            ObjectId = (await Home.Put("web1/etc", [1, 2, 3])).Json.GetProperty("id").GetString()!;
            await Home.Put("web2/etc", [4, 5, 6]);
        }

        public Task DisposeAsync()
        {
            Home.Dispose();
            return Task.CompletedTask;
        }
    }
}
