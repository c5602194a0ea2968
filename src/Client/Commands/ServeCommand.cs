using System.CommandLine;
using Microsoft.Win32.SafeHandles;
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
    private static readonly Option<string[]> Listen = new("--listen") { Description = "Take requests here (repeatable): https://0.0.0.0:8420, http://127.0.0.1:8420", HelpName = "URL", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Socket = new("--socket") { Description = "… and on a Unix socket, for its owner without a token", HelpName = "PATH" };
    private static readonly Option<bool> Stdio = new("--stdio") { Description = "Serve whoever is at the other end of standard input and output, such as an ssh session" };
    private static readonly Option<string[]> Allow = new("--allow") { Description = "With --stdio: what may be done, joined by commas, as for a token; without it everything", HelpName = "WHAT", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string[]> Prefixes = new("--prefix") { Description = "With --stdio: only with this name, or, ending in a slash, with all below it (repeatable)", HelpName = "NAME", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Certificate = new("--tls-cert") { Description = "The certificate chain, PEM", HelpName = "FILE" };
    private static readonly Option<string?> CertificateKey = new("--tls-key") { Description = "Its private key, PEM", HelpName = "FILE" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "serve",
        "Serve the repository over HTTP",
        """
        streamback serve --listen https://0.0.0.0:8420 --tls-cert server.pem --tls-key server.key
        ssh host streamback serve --stdio
        """,
        [],
        [Listen, Socket, Certificate, CertificateKey, Stdio, Allow, Prefixes, StateOption.State],
        Run);

    private static int Run(CommandContext context)
    {
        var arguments = context.Arguments;
        if (arguments.GetValue(Stdio))
            return ServePipes(context);
        if (arguments.GetResult(Allow) is not null || arguments.GetResult(Prefixes) is not null)
            throw new RepositoryException(ErrorCode.Usage, "--allow and --prefix go with --stdio; over the network tokens say what may be done");
        using var repository = OpenToServe(context);
        var options = new ServeOptions
        {
            Listen = arguments.GetValue(Listen) ?? [],
            SocketPath = arguments.GetValue(Socket),
            CertificatePath = arguments.GetValue(Certificate),
            CertificateKeyPath = arguments.GetValue(CertificateKey),
            StateFolder = arguments.GetValue(StateOption.State) ?? StateOption.Default(repository.Id.ToString()),
        };
        HttpServer.Run(repository, options, addresses => Tell(context, addresses), context.Cancellation).GetAwaiter().GetResult();
        return 0;
    }

    // What a sealed server must not be able to open lies beside it in nobody's hands.
    private static EmbeddedRepository OpenToServe(CommandContext context)
    {
        var repository = context.Open();
        if (repository.OpensContent || repository.Keys.Stored().FirstOrDefault(key => key.HoldsFullKey) is not { } full)
            return repository;
        repository.Dispose();
        throw new RepositoryException(ErrorCode.Denied, $"With a put key this would be a sealed server, but the repository keeps a full key under a passphrase: move {Path.Combine(context.Folder.Path, "keys", full.Id)} to another machine");
    }

    private static void Tell(CommandContext context, IReadOnlyList<string> addresses)
    {
        foreach (var address in addresses)
            context.Notice($"Listening on {address}");
    }

    private static int ServePipes(CommandContext context)
    {
        var arguments = context.Arguments;
        if (arguments.GetResult(Listen) is not null || arguments.GetResult(Socket) is not null)
            throw new RepositoryException(ErrorCode.Usage, "--stdio has nothing to listen on");
        var words = (arguments.GetValue(Allow) ?? []).SelectMany(words => words.Split(',')).ToList();
        var access = new Access(words.Count == 0 ? Capabilities.All : CapabilityNames.Parse(words), Access.ParsePrefixes(arguments.GetValue(Prefixes) ?? []));
        var asked = ForcedCommand.Read(context.Folder);
        using var repository = asked is null && KeyFiles.HasNone(context.KeyFileOption, context.Folder)
            ? EmbeddedRepository.OpenWithoutKey(context.Folder.Path, context.Notice)
            : OpenToServe(context);
        if (asked is not null)
            return ForcedCommand.Run(asked, new LimitedRepository(repository, access), context.Cancellation);
        using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using var output = new StandardOutput();
        StdioServer.Run(repository, access, input, output, context.Cancellation).GetAwaiter().GetResult();
        return 0;
    }
}
