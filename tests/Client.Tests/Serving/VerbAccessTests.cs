using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Who may what with the client's verbs over HTTP, and which exit code says so.</summary>
public sealed class VerbAccessTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int DeniedExitCode = 6;

    private static readonly string[] All = ["put", "get", "list", "remove", "maintain", "objects", "objects-put"];

    public static TheoryData<string, string, string[]> Verbs => new()
    {
        // How it is run with NAME, any of which capabilities do together, and whether it is about the whole repository (then without a prefix).
        { "put NAME --dry-run", "name", ["put"] },
        { "get NAME", "name", ["get"] },
        { "list NAME", "name", ["list"] },
        { "show NAME", "name", ["list"] },
        { "tag NAME x", "name", ["maintain", "list"] },
        { "stats", "whole", ["maintain"] },
        { "check", "whole", ["maintain"] },
    };

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Each_verb_needs_its_capabilities_and_its_prefix(string verb, string about, string[] needs)
    {
        string[] names = ["web1/etc", "web2/etc"];
        foreach (var name in names)
            (await fixture.Server.Shell($"curl -sf -X PUT -d x -H \"Authorization: Bearer $T\" $S/{name}")).Succeeded();

        // Without each of what it needs, though with all else; with just that; and outside of the prefix.
        foreach (var one in needs)
            Assert.Equal((one, DeniedExitCode), (one, await Run(verb, names[0], string.Join(',', All.Except(one == "list" ? [one, "get"] : [one])), null)));
        var just = string.Join(',', needs);
        Assert.Equal(0, await Run(verb, names[0], just, null));
        Assert.Equal(about == "whole" ? DeniedExitCode : 0, await Run(verb, names[0], just, "web1/"));
        Assert.Equal(DeniedExitCode, await Run(verb, names[1], just, "web1/"));
        foreach (var one in All.Except(needs))
            Assert.Equal((one, DeniedExitCode), (one, await Run(verb, names[0], one, null)));
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
