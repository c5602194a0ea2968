using System.CommandLine;

namespace StreamBack.Client.Commands;

/// <summary>All verbs.</summary>
internal static class Verbs
{
    /// <summary>The whole command line.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("StreamBack keeps streams: what tar, pg_dump or anything else writes to a pipe, deduplicated, compressed and encrypted");
        HelpWithExamples.AddTo(root);
        root.Options.Add(CommonOptions.Repository);
        root.Options.Add(CommonOptions.KeyFile);
        root.Options.Add(CommonOptions.Json);
        root.Options.Add(CommonOptions.Quiet);
        root.Subcommands.Add(InitCommand.Create());
        root.Subcommands.Add(PutCommand.Create());
        root.Subcommands.Add(GetCommand.Create());
        root.Subcommands.Add(ListCommand.Create());
        root.Subcommands.Add(ShowCommand.Create());
        root.Subcommands.Add(TagCommand.Create());
        root.Subcommands.Add(CheckCommand.Create());
        root.Subcommands.Add(StatsCommand.Create());
        root.Subcommands.Add(KeyCommand.Create());
        root.Subcommands.Add(ServeCommand.Create());
        root.Subcommands.Add(TokenCommand.Create());
        root.Subcommands.Add(SpoolCommand.Create());
        root.Subcommands.Add(CompletionCommand.Create(root));
        root.Subcommands.Add(HelpCommand.Create(root));
        return root;
    }

    /// <summary>Reads a command line.</summary>
    public static ParseResult Parse(string[] arguments) =>
        Root().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null }); // @ begins no file: names have it

    /// <summary>What is wrong with a command line, in one line; null if nothing is.</summary>
    public static string? Complaint(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
            return null;
        if (parsed.UnmatchedTokens is [var word, ..])
            return $"'{word}' is no verb, option or argument here; --help lists them";
        return parsed.CommandResult.Command switch
        {
            RootCommand => "Say which command, such as put, get or list; --help tells more",
            { Subcommands: { Count: > 0 } verbs } group => $"Say which command of {group.Name}: {string.Join(", ", verbs.Select(verb => verb.Name))}",
            _ => parsed.Errors[0].Message.TrimEnd('.'),
        };
    }
}
