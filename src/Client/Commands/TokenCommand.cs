using System.CommandLine;
using StreamBack.Client.Configuration;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Serving.Tokens;

namespace StreamBack.Client.Commands;

/// <summary><c>token add|list|rotate|revoke</c></summary>
internal static class TokenCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "What to call it" };

    private static readonly Option<string[]> Allow = new("--allow")
    {
        Description = "What it allows, joined by commas: put, get, list, remove, maintain, objects, objects-put",
        HelpName = "WHAT",
        Arity = ArgumentArity.OneOrMore,
        Required = true,
    };

    private static readonly Option<string[]> Prefixes = new("--prefix")
    {
        Description = "Only with this name, or, ending in a slash, with all below it (repeatable)",
        HelpName = "NAME",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Quota = new("--quota")
    {
        Description = "What the streams under the names that it covers may have together, such as 500GiB",
        HelpName = "BYTES",
    };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Group(
        "token",
        "Say who may use the server",
        """
        streamback token add web1 --allow put,list --prefix web1/
        streamback token revoke web1
        """,
        [
            Verb.Create(
                "add", "Make a token, and print it: once, alone", "streamback token add web1 --allow put,list --prefix web1/", [Name], [Allow, Prefixes, Quota, StateOption.State], Add),
            Verb.Create("list", "List tokens, but not what they are", "streamback token list", [], [StateOption.State], List),
            Verb.Create("rotate", "Make a new token in an old one's place, and print it", "streamback token rotate web1", [Name], [StateOption.State], Rotate),
            Verb.Create("revoke", "End a token", "streamback token revoke web1", [Name], [StateOption.State], Revoke),
        ]);

    private static int Add(CommandContext context)
    {
        var capabilities = CapabilityNames.Parse((context.Arguments.GetValue(Allow) ?? []).SelectMany(words => words.Split(',')));
        var access = new Access(capabilities, Access.ParsePrefixes(context.Arguments.GetValue(Prefixes) ?? []));
        var text = context.Arguments.GetValue(Quota);
        long? quota = text is null ? null : Amount.Bytes(text) ?? throw new RepositoryException(ErrorCode.Usage, $"--quota: '{text}' is not an amount of bytes, such as 500GiB");
        var state = StateFolder(context);
        var name = context.Arguments.GetRequiredValue(Name);
        var token = new TokenStore(state).Add(name, access, quota);
        if (context.Arguments.GetValue(StateOption.State) is null)
            context.Notice($"Token {name} is for a server whose state folder is {state}, as it is by default; --state names another");
        CommandContext.Answer(token);
        return 0;
    }

    private static int List(CommandContext context)
    {
        foreach (var token in Open(context).List())
        {
            var prefixes = token.Access.CoversEverything ? "every name" : string.Join(' ', token.Access.Prefixes);
            CommandContext.Answer(context.Json
                ? System.Text.Json.JsonSerializer.Serialize(new TokenAnswer(token.Name, token.Access.Capabilities.Names(), token.Access.Prefixes, token.Created, token.Quota?.Bytes), ClientJson.Default.TokenAnswer)
                : $"{token.Name}  {string.Join(',', token.Access.Capabilities.Names())}  {prefixes}{(token.Quota is { } quota ? $"  {Sizes.Bytes(quota.Bytes)}" : "")}");
        }

        return 0;
    }

    private static int Rotate(CommandContext context)
    {
        CommandContext.Answer(Open(context).Rotate(context.Arguments.GetRequiredValue(Name)));
        return 0;
    }

    private static int Revoke(CommandContext context)
    {
        Open(context).Revoke(context.Arguments.GetRequiredValue(Name));
        return 0;
    }

    // No key is needed: who may write to the state folder decides.
    private static TokenStore Open(CommandContext context) => new(StateFolder(context));

    private static string StateFolder(CommandContext context) =>
        context.Arguments.GetValue(StateOption.State) ?? StateOption.Default(EmbeddedRepository.IdOf(context.Folder.Path)
            ?? throw new RepositoryException(ErrorCode.NotFound, $"There is no repository at {context.Folder} (streamback init makes one)"));
}
