using System.CommandLine;
using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Server.Serving.Http;

namespace StreamBack.Client.Commands;

/// <summary><c>serve</c></summary>
internal static class ServeCommand
{
    private static readonly Option<string[]> Listen = new("--listen") { Description = "Take requests here (repeatable): https://0.0.0.0:8420, http://127.0.0.1:8420", HelpName = "URL", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Socket = new("--socket") { Description = "… and on a Unix socket, for its owner without a token", HelpName = "PATH" };
    private static readonly Option<string?> Certificate = new("--tls-cert") { Description = "The certificate chain, PEM", HelpName = "FILE" };
    private static readonly Option<string?> CertificateKey = new("--tls-key") { Description = "Its private key, PEM", HelpName = "FILE" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "serve",
        "Serve the repository over HTTP",
        """
        streamback serve --listen https://0.0.0.0:8420 --tls-cert server.pem --tls-key server.key
        """,
        [],
        [Listen, Socket, StateOption.State, Certificate, CertificateKey],
        Run);

    private static int Run(CommandContext context)
    {
        var arguments = context.Arguments;
        using var repository = context.Open();
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

    private static void Tell(CommandContext context, IReadOnlyList<string> addresses)
    {
        foreach (var address in addresses)
            context.Notice($"Listening on {address}");
    }
}
