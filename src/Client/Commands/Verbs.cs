using System.CommandLine;
using System.CommandLine.Parsing;

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
        root.Subcommands.Add(LsCommand.Create());
        root.Subcommands.Add(CatCommand.Create());
        root.Subcommands.Add(FindCommand.Create());
        root.Subcommands.Add(DiffCommand.Create());
        root.Subcommands.Add(TagCommand.Create());
        root.Subcommands.Add(HoldCommand.Create());
        root.Subcommands.Add(HoldCommand.CreateRelease());
        root.Subcommands.Add(RemoveCommand.Create());
        root.Subcommands.Add(ForgetCommand.Create());
        root.Subcommands.Add(UndeleteCommand.Create());
        root.Subcommands.Add(PruneCommand.Create());
        root.Subcommands.Add(CheckCommand.Create());
        root.Subcommands.Add(VerifyCommand.Create());
        root.Subcommands.Add(ReplicateCommand.Create());
        root.Subcommands.Add(StatsCommand.Create());
        root.Subcommands.Add(LateCommand.Create());
        root.Subcommands.Add(KeyCommand.Create());
        root.Subcommands.Add(ServeCommand.Create());
        root.Subcommands.Add(BrowseCommand.Create());
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
        if (UnknownOption(parsed) is { } option)
            return $"'{option}' is no option here; --help lists them, and what begins with - and is none comes after --";
        if (parsed.Errors.Count == 0)
            return null;
        if (parsed.UnmatchedTokens is [var word, ..])
            return $"'{word}' is no verb, option or argument here; --help lists them";
        return parsed.CommandResult.Command switch
        {
            RootCommand => "Say which command, such as put, get or list; --help tells more",
            { Subcommands: { Count: > 0 } verbs } group => $"Say which command of {group.Name}: {string.Join(", ", verbs.Select(verb => verb.Name))}",
            _ => Told(parsed.Errors[0]),
        };
    }

    // The parser's own words name a type of .NET.
    private static string Told(ParseError error) => error.SymbolResult is OptionResult { Option: { } option, Tokens: [var one] } && option.ValueType == typeof(int)
        ? $"{option.Name}: '{one.Value}' is not a whole number"
        : error.Message.TrimEnd('.');

    // The parser takes an option that it does not know for an argument: a mistyped one would become a name, a label or a file.
    private static string? UnknownOption(ParseResult parsed)
    {
        var announced = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Count(token => token.Type == TokenType.Argument);
        return parsed.CommandResult.Tokens.SkipLast(announced).Select(token => token.Value).FirstOrDefault(word => word.Length > 1 && word.StartsWith('-'));
    }
}
