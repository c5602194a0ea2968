using System.CommandLine;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>help [VERB…]</c>: what <c>--help</c> prints.</summary>
internal static class HelpCommand
{
    private static readonly Argument<string[]> Words = new("VERB") { Description = "A verb, such as put or key passphrase", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>The verb.</summary>
    /// <param name="root">What is explained.</param>
    public static Command Create(RootCommand root) => Verb.Create(
        "help", "Show the help of the program or of a verb", "streamback help key passphrase", [Words], [], context => Run(context, root));

    private static int Run(CommandContext context, RootCommand root)
    {
        var words = context.Arguments.GetValue(Words) ?? [];
        Command command = root;
        foreach (var word in words)
        {
            command = command.Subcommands.FirstOrDefault(verb => verb.Name == word)
                ?? throw new RepositoryException(ErrorCode.Usage, $"'{string.Join(' ', words)}' is no verb; streamback help lists them");
        }

        return root.Parse([.. words, "--help"]).Invoke();
    }
}
