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
    public static Command Create() => Verb.Group(
        "key",
        "Show, protect and copy the repository's key",
        """
        streamback key show
        streamback key recovery | lp
        """,
        [
            Verb.Create("show", "Say which keys there are and what they open", "streamback key show", [], [], Show),
            Verb.Create(
                "passphrase",
                "Change a passphrase, or keep the key in the repository under a first one ($STREAMBACK_NEW_PASSPHRASE, …_FILE, …_COMMAND, or asked for)",
                "streamback key passphrase --add",
                [],
                [Add],
                Passphrase),
            Verb.Create("recovery", "Print the full key for paper", "streamback key recovery | lp", [], [], Recovery),
            Verb.Create("export-put", "Write a key file that stores and lists, and opens nothing", "streamback key export-put web1.key", [File], [], ExportPut),
        ]);

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
        var add = context.Arguments.GetValue(Add);
        if (KeyFiles.WrappedPath(context.KeyFileOption, context.Folder) is { } path)
            ChangeFile(context, repository, path, add);
        else
            Store(context, repository, add);
        return 0;
    }

    private static void ChangeFile(CommandContext context, EmbeddedRepository repository, string path, bool add)
    {
        if (add)
            throw new RepositoryException(ErrorCode.Usage, $"{path} is a key file, and a key file has one passphrase: without --add it is changed");
        KeyFiles.Replace(path, repository.Keys.Export(Passphrases.AskNew("STREAMBACK_NEW_PASSPHRASE", context.Cancellation)));
        context.Notice($"Passphrase of {path} changed; copies of it made earlier still open with their old passphrases");
    }

    // The new one is durable before an old one goes: whatever happens, one opens.
    private static void Store(CommandContext context, EmbeddedRepository repository, bool add)
    {
        var first = repository.Keys.Stored().Count == 0;
        var replaced = first || add ? [] : ToReplace(context, repository);
        repository.Keys.Add(Passphrases.AskNew("STREAMBACK_NEW_PASSPHRASE", context.Cancellation));
        repository.Keys.Remove(replaced);
        var others = repository.Keys.Stored().Count - 1;
        context.Notice(first
            ? "The repository keeps the key from now on, under this passphrase; key files open it as before"
            : $"Passphrase {(add ? "added" : "changed")}; others that open the repository: {others}");
        if (replaced.Count > 0)
            context.Notice("Copies of the repository made earlier still open with their old passphrases");
    }

    private static IReadOnlyList<string> ToReplace(CommandContext context, EmbeddedRepository repository)
    {
        var old = Passphrases.Ask("Old passphrase: ", context.Cancellation)
            ?? throw new RepositoryException(ErrorCode.Denied, "Say which passphrase is to be replaced: set STREAMBACK_PASSPHRASE, …_FILE or …_COMMAND, or use a terminal; --add keeps them all; nothing was changed");
        var opened = repository.Keys.OpenedBy(old);
        return opened.Count > 0
            ? opened
            : throw new RepositoryException(ErrorCode.Denied, "The old passphrase opens no key that the repository keeps; --add keeps them all; nothing was changed");
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
