using System.CommandLine;
using Microsoft.Win32.SafeHandles;
using StreamBack.Client.Configuration;
using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Serving.Http;
using StreamBack.Server.Serving.Stdio;

namespace StreamBack.Client.Commands;

/// <summary><c>serve</c></summary>
internal static class ServeCommand
{
    private static readonly Option<bool> Stdio = new("--stdio") { Description = "Serve whoever is at the other end of standard input and output, such as an ssh session" };
    private static readonly Option<string[]> Allow = new("--allow") { Description = "With --stdio: what may be done, joined by commas, as for a token; without it everything", HelpName = "WHAT", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string[]> Prefixes = new("--prefix") { Description = "With --stdio: only with this name, or, ending in a slash, with all below it (repeatable)", HelpName = "NAME", Arity = ArgumentArity.OneOrMore };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "serve",
        "Serve the repository over HTTP",
        """
        streamback serve --listen https://0.0.0.0:8420 --tls-cert server.pem --tls-key server.key
        streamback serve --config /etc/streamback/server.yml
        ssh host streamback serve --stdio
        """,
        [],
        [.. ServeSettings.Flags, Stdio, Allow, Prefixes],
        Run);

    private static int Run(CommandContext context)
    {
        var values = ServeSettings.Read(context.Arguments);
        if (context.Arguments.GetValue(Stdio))
            return ServePipes(context, values);
        if (context.Arguments.GetResult(Allow) is not null || context.Arguments.GetResult(Prefixes) is not null)
            throw new RepositoryException(ErrorCode.Usage, "--allow and --prefix go with --stdio; over the network tokens say what may be done");
        using var repository = OpenToServe(context, values);
        if (repository.NeedsKey)
            context.Notice("There is no key here: only stored files are taken and given, as they are");
        var options = ServeSettings.Options(values, repository.Id);
        repository.Grace = values.Time(ServeSettings.Grace, Grace.Default);
        UseCopies(repository, values);
        GraceFile.Write(options.StateFolder, repository.Grace);
        using var stopping = context.Cancellation.Register(() => ServiceManager.Tell("STOPPING=1"));
        HttpServer.Run(repository, options, server => Tell(context, server), context.Cancellation).GetAwaiter().GetResult();
        return 0;
    }

    private static void UseCopies(EmbeddedRepository repository, SettingValues values) =>
        repository.UseCopies(values.Texts(DutySettings.Stores), values.Number(DutySettings.Copies, values.Texts(DutySettings.Stores).Count + 1));

    // What a sealed server must not be able to open lies beside it in nobody's hands.
    private static EmbeddedRepository OpenToServe(CommandContext context, SettingValues values)
    {
        var (folder, keyFile) = (Folder(context, values), values.Text(ServeSettings.KeyFile));
        if (KeyFiles.HasNone(keyFile, folder))
            return EmbeddedRepository.OpenWithoutKey(folder.Path, context.Notice);
        var repository = context.Open(folder, keyFile);
        if (repository.OpensContent || repository.Keys.Stored().FirstOrDefault(key => key.HoldsFullKey) is not { } full)
            return repository;
        var path = repository.Keys.PathOf(full);
        repository.Dispose();
        throw new RepositoryException(ErrorCode.Denied, $"With a put key this would be a sealed server, but the repository keeps a full key under a passphrase: move {path} to another machine");
    }

    private static FolderLocation Folder(CommandContext context, SettingValues values) =>
        CommandContext.FolderOf(Location.Find(values.Text(ServeSettings.Repository), context.Notice));

    private static void Tell(CommandContext context, StartedServer server)
    {
        // Whoever started it may be gone; that is no reason to end.
        HangUp.Instead = server.Reread;
        foreach (var address in server.Addresses)
            context.Notice($"Listening on {address}");
        ServiceManager.Tell("READY=1");
    }

    private static int ServePipes(CommandContext context, SettingValues values)
    {
        var arguments = context.Arguments;
        var words = (arguments.GetValue(Allow) ?? []).SelectMany(words => words.Split(',')).ToList();
        var access = new Access(words.Count == 0 ? Capabilities.All : CapabilityNames.Parse(words), Access.ParsePrefixes(arguments.GetValue(Prefixes) ?? []));
        var (folder, keyFile) = (Folder(context, values), values.Text(ServeSettings.KeyFile));
        var asked = ForcedCommand.Read(folder);
        using var repository = asked is null && KeyFiles.HasNone(keyFile, folder)
            ? EmbeddedRepository.OpenWithoutKey(folder.Path, context.Notice)
            : OpenToServe(context, values);
        var options = ServeSettings.StdioOptions(values, repository.Id, access);
        repository.Grace = values.Time(ServeSettings.Grace, GraceFile.Read(options.StateFolder) ?? Grace.Default);
        UseCopies(repository, values);
        if (asked is not null)
            return ForcedCommand.Run(asked, repository, options, context.Cancellation);
        using var input = new RequestInput();
        using var output = new StandardOutput();
        StdioServer.Run(repository, options, input, output, context.Cancellation).GetAwaiter().GetResult();
        return 0;
    }
}
