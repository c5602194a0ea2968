using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Who may what with the client's verbs over HTTP, and which exit code says so.</summary>
public sealed class VerbAccessTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int NotFoundExitCode = 5;

    private const int DeniedExitCode = 6;

    private static readonly string[] All = ["put", "get", "list", "remove", "maintain", "objects", "objects-put"];

    public static TheoryData<string, string[], int> Verbs => new()
    {
        // How it is run with NAME, what it needs, and how it ends inside of a prefix: what is about the whole repository needs every name.
        { "put NAME --dry-run", ["put"], 0 },
        { "get NAME", ["get"], 0 },
        { "list NAME", ["list"], 0 },
        { "show NAME", ["list"], 0 },
        { "tag NAME x", ["maintain", "list"], 0 },
        { "stats", ["maintain"], DeniedExitCode },
        { "check", ["maintain"], DeniedExitCode },
    };

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Each_verb_needs_its_capabilities_and_its_prefix(string verb, string[] needs, int insideExitCode)
    {
        string[] names = ["web1/etc", "web2/etc"];
        foreach (var name in names)
            (await fixture.Server.Shell($"curl -sf -X PUT -d x -H \"Authorization: Bearer $T\" $S/{name}")).Succeeded();

        // A list shows what may be seen, and nothing of a name outside is to be seen.
        var outsideExitCode = verb.StartsWith("list", StringComparison.Ordinal) ? NotFoundExitCode : DeniedExitCode;
        var just = string.Join(',', needs);
        Assert.Equal(0, await Run(verb, names[0], just, null));
        Assert.Equal(insideExitCode, await Run(verb, names[0], just, "web1/"));
        Assert.Equal(outsideExitCode, await Run(verb, names[1], just, "web1/"));

        // Without each of what it needs, though with all else. Who may get finds a snapshot as who may list does.
        foreach (var one in needs)
            Assert.Equal((one, DeniedExitCode), (one, await Run(verb, names[0], string.Join(',', All.Except(one == "list" ? [one, "get"] : [one])), null)));
        foreach (var one in All.Except(needs))
            Assert.Equal((one, one == "get" && verb.StartsWith("show", StringComparison.Ordinal) ? 0 : DeniedExitCode), (one, await Run(verb, names[0], one, null)));
        fixture.AssertWell();
    }

    private async Task<int> Run(string verb, string name, string allow, string? prefix)
    {
        var token = await fixture.TokenFor(allow, prefix);
        var answer = await fixture.Server.Shell(
            $"echo x | STREAMBACK_TOKEN={token} streamback --repository $A {verb.Replace("NAME", name, StringComparison.Ordinal)} > out; code=$?; ((code == 0)) || [[ ! -s out ]] || exit 99; exit $code");
        Assert.True(answer.ExitCode is 0 || answer.Errors.Count(letter => letter == '\n') == 1, answer.Errors);
        return answer.ExitCode;
    }
}
