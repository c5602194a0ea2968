using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Who may what with the client's verbs over HTTP, and which exit code says so.</summary>
public sealed class VerbAccessTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int UsageExitCode = 2;

    private const int NotFoundExitCode = 5;

    private const int DeniedExitCode = 6;

    public static TheoryData<string, string[], int, int> Verbs => new()
    {
        // How it is run with NAME, what it needs, and how it ends inside and outside of a prefix: what is about the whole repository
        // needs every name; a list shows what may be seen, and nothing of a name outside is to be seen.
        { "put NAME", ["put"], 0, DeniedExitCode },
        { "put NAME --stream --raw", ["put"], 0, DeniedExitCode },
        { "put NAME --dry-run", ["put"], 0, DeniedExitCode },
        { "put NAME --tag x", ["put"], 0, DeniedExitCode },
        { "put NAME --time 2026-01-01", ["put", "maintain"], 0, DeniedExitCode },
        { "get NAME", ["get"], 0, DeniedExitCode },
        { "get NAME stream", ["get"], UsageExitCode, DeniedExitCode },
        { "ls NAME", ["get"], 0, DeniedExitCode },
        { "ls -R NAME stream", ["get"], 0, DeniedExitCode },
        { "cat NAME stream", ["get"], 0, DeniedExitCode },
        { "diff NAME NAME@-1", ["get"], 0, DeniedExitCode },
        { "find stream NAME", ["get"], 0, DeniedExitCode },
        { "list", ["list"], 0, 0 },
        { "list NAME", ["list"], 0, NotFoundExitCode },
        { "show NAME", ["list"], 0, DeniedExitCode },
        { "tag NAME x", ["maintain", "list"], 0, DeniedExitCode },
        { "tag NAME --remove x", ["maintain", "list"], 0, DeniedExitCode },
        { "verify NAME", ["maintain", "list"], 0, DeniedExitCode },
        { "check --read-data=10%", ["maintain"], DeniedExitCode, DeniedExitCode },
        { "hold NAME", ["maintain", "list"], 0, DeniedExitCode },
        { "release NAME", ["maintain", "list"], 0, DeniedExitCode },
        { "forget NAME --keep-last 1000", ["remove", "list"], 0, DeniedExitCode },
        { "list --removed", ["list"], 0, 0 },
        { "prune --dry-run", ["maintain"], DeniedExitCode, DeniedExitCode },
        { "late NAME --expect NAME=1d", ["list"], 0, NotFoundExitCode },
        { "stats", ["maintain"], DeniedExitCode, DeniedExitCode },
        { "check", ["maintain"], DeniedExitCode, DeniedExitCode },
        { "check --read-data", ["maintain"], DeniedExitCode, DeniedExitCode },
        { "spool flush spool", ["put"], 0, DeniedExitCode },
    };

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Each_verb_needs_its_capabilities_and_its_prefix(string verb, string[] needs, int insideExitCode, int outsideExitCode)
    {
        foreach (var name in new[] { AccessRequest.Inside, AccessRequest.Outside })
            Assert.Equal(201, fixture.Ask($"PUT /api/v1/snapshots/{name}", "Content-Length: 1\r\n", "x").Status);
        foreach (var (allow, prefix, name) in AccessRequest.Cells(needs))
        {
            var may = needs.All(need => Has(allow, need, verb));
            var expected = !may ? DeniedExitCode : prefix == "" ? (insideExitCode == UsageExitCode ? UsageExitCode : 0) : name == AccessRequest.Inside ? insideExitCode : outsideExitCode;
            Assert.Equal((verb, allow, prefix, name, expected), (verb, allow, prefix, name, await Run(verb, name, allow, prefix)));
        }

        fixture.AssertWell();
    }

    // Who may get finds a snapshot as who may list does; only lists need that right itself.
    private static bool Has(string allow, string need, string verb) =>
        allow.Split(',').Contains(need) || (need == "list" && verb.Split(' ')[0] is not ("list" or "forget" or "late") && allow.Split(',').Contains("get"));

    private async Task<int> Run(string verb, string name, string allow, string prefix)
    {
        var (home, where) = (fixture.Home, fixture.Server.Address);
        home.Token = await fixture.TokenFor(allow, prefix == "" ? null : prefix);
        if (verb.StartsWith("spool", StringComparison.Ordinal))
        {
            (await home.Shell("rm -rf spool")).Succeeded();
            (await home.Feed([1, 2, 3], "--repository", "http://127.0.0.1:1", "put", name, "--spool", "spool", "--retry-for", "0s")).FailedWith(10, "is safe");
        }

        var answer = await home.Feed([1, 2, 3], ["--repository", where, "--quiet", .. verb.Replace("NAME", name, StringComparison.Ordinal).Split(' ')]);
        home.Token = null;
        if (answer.ExitCode != 0)
            answer.FailedWith(answer.ExitCode, "");
        return answer.ExitCode;
    }
}
