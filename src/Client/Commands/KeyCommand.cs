using System.CommandLine;
using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary><c>key show|passphrase|recovery|export-put</c></summary>
internal static class KeyCommand
{
    private static readonly Option<bool> Add = new("--add") { Description = "Keep the passphrases that are there" };
    private static readonly Argument<string> File = new("FILE") { Description = "The new key file, made with mode 0600" };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var key = new Command("key", "Show, protect and copy the repository's key");
        key.Subcommands.Add(Verb.Create("show", "Say which keys there are and what they open", "streamback key show", [], [], Show));
        key.Subcommands.Add(Verb.Create(
            "passphrase",
            "Change the passphrase, or keep the key in the repository under one ($STREAMBACK_NEW_PASSPHRASE, …_FILE, …_COMMAND, or asked for)",
            "streamback key passphrase --add",
            [],
            [Add],
            Passphrase));
        key.Subcommands.Add(Verb.Create("recovery", "Print the full key for paper", "streamback key recovery | lp", [], [], Recovery));
        key.Subcommands.Add(Verb.Create(
            "export-put", "Write a key file that stores and lists, and opens nothing", "streamback key export-put web1.key", [File], [], ExportPut));
        return key;
    }

    private static int Show(CommandContext context)
    {
        using var repository = context.Open();
        var stored = repository.Keys.Stored();
        if (context.Json)
        {
            CommandContext.Answer(new KeyAnswer(repository.Id.ToString(), repository.OpensContent, stored), ClientJson.Default.KeyAnswer);
            return 0;
        }

        CommandContext.Answer($"repository {repository.Id}");
        CommandContext.Answer(repository.OpensContent ? "this key    full: stores, lists, opens" : "this key    put: stores and lists, opens nothing");
        foreach (var key in stored)
            CommandContext.Answer($"kept in it  {key.Id[..8]}, {(key.HoldsFullKey ? "full" : "put")}, wrapped by a passphrase");
        return 0;
    }

    private static int Passphrase(CommandContext context)
    {
        using var repository = context.Open();
        if (!repository.OpensContent)
            throw new RepositoryException(ErrorCode.Denied, "This is a put key: only a full key can be given a passphrase");
        var path = KeyFiles.WrappedPath(context.KeyFileOption);
        var passphrase = Passphrases.AskNew("STREAMBACK_NEW_PASSPHRASE");
        if (path is not null)
            KeyFiles.Replace(path, repository.Keys.Export(passphrase));
        else
            Store(context, repository, passphrase);
        if (!context.Arguments.GetValue(Add))
            context.Notice("Copies of the key made earlier still open with their old passphrases");
        return 0;
    }

    private static void Store(CommandContext context, EmbeddedRepository repository, string passphrase)
    {
        var before = repository.Keys.Stored().Count;
        var kept = repository.Keys.Add(passphrase);
        if (before == 0 || context.Arguments.GetValue(Add))
            return;
        var removed = Passphrases.Ask("Old passphrase: ") is { } old ? repository.Keys.Remove(old, kept) : 0;
        var others = repository.Keys.Stored().Count - 1;
        context.Notice($"Passphrases replaced: {removed}; others that still open the repository: {others}");
    }

    private static int Recovery(CommandContext context)
    {
        using var repository = context.Open();
        var lines = repository.Keys.Recovery();
        CommandContext.Answer($"# StreamBack recovery key of repository {repository.Id}\n# It opens everything. Typed into a file, it is a key file: streamback --key-file FILE …\n{lines.TrimEnd('\n')}");
        return 0;
    }

    private static int ExportPut(CommandContext context)
    {
        using var repository = context.Open();
        var path = context.Arguments.GetRequiredValue(File);
        KeyFiles.Write(path, repository.Keys.ExportPut());
        context.Notice($"{path} stores and lists, and opens nothing that was stored");
        return 0;
    }
}
