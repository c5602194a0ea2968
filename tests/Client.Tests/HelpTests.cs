using System.CommandLine;
using StreamBack.Client.Commands;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>What the program says of itself.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly Home home = new();

    /// <summary>Every verb, and every verb within one, as typed.</summary>
    public static TheoryData<string> AllVerbs => [.. Below(Verbs.Root(), "")];

    public void Dispose() => home.Dispose();

    [Theory]
    [MemberData(nameof(AllVerbs))]
    public async Task Help_of_every_verb_has_an_example_and_is_the_same_by_both_ways(string verb)
    {
        var words = verb.Split(' ');
        var text = (await home.Run(["help", .. words])).Succeeded().Text;
        Assert.Equal((await home.Run([.. words, "--help"])).Succeeded().Text, text);
        Assert.Matches($@"\nExample:\n  .*streamback .*{verb}\b", text);
    }

    [Fact]
    public async Task Help_without_a_verb_is_that_of_the_program_and_lists_all()
    {
        var text = (await home.Run("help")).Succeeded().Text;
        Assert.Equal((await home.Run("--help")).Succeeded().Text, text);
        Assert.All(Verbs.Root().Subcommands, verb => Assert.Contains($"\n  {verb.Name} ", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("frob")]
    [InlineData("key", "frob")]
    [InlineData("put", "t")]
    public async Task Help_of_what_is_no_verb_exits_2(params string[] words) =>
        (await home.Run(["help", .. words])).FailedWith(2, $"'{string.Join(' ', words)}' is no verb");

    [Fact]
    public async Task Usage_of_put_shows_the_dashes_before_a_command() =>
        Assert.Contains("\n  streamback put [options] <NAME> [-- <COMMAND>...]\n", (await home.Run("put", "--help")).Succeeded().Text, StringComparison.Ordinal);

    private static IEnumerable<string> Below(Command command, string path) =>
        command.Subcommands.SelectMany(verb => Below(verb, $"{path}{verb.Name} ").Prepend($"{path}{verb.Name}"));
}
