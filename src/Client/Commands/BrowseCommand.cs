using System.CommandLine;
using StreamBack.Client.Connections;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Serving.Http;
using StreamBack.Server.Serving.Http.Page;
using StreamBack.Server.Serving.Tokens;

namespace StreamBack.Client.Commands;

/// <summary><c>browse</c></summary>
internal static class BrowseCommand
{
    private static readonly Option<int> Port = new("--port") { Description = "Of the loopback; without it, one that is free", HelpName = "N" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "browse",
        "Look at the repository in a browser, or by WebDAV, on this machine",
        """
        streamback browse
        streamback --repository ssh://vault/srv/backup browse
        """,
        [],
        [Port],
        Run);

    private static int Run(CommandContext context)
    {
        if (context.Arguments.GetValue(Port) is < 0 or > ushort.MaxValue)
            throw new RepositoryException(ErrorCode.Usage, $"{context.Arguments.GetValue(Port)} is no port");
        using var repository = context.Reach();
        var state = Directory.CreateTempSubdirectory("streamback-browse-"); // its owner's alone
        try
        {
            var tokens = new TokenStore(state.FullName);
            var token = tokens.Add("browse", new Access(Capabilities.Get | Capabilities.List, []));
            void Tell(StartedServer server)
            {
                var address = server.Addresses[0].TrimEnd('/');
                CommandContext.Answer(address + server.Invite(token));
                context.Notice($"Open this once, within ten minutes. WebDAV is at {address}/dav/, any user, with the password {token}; end both with Ctrl-C");
            }

            Serve(context, repository, state.FullName, tokens, Tell).GetAwaiter().GetResult();
            return 0;
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static Task Serve(CommandContext context, IRepositoryService repository, string state, TokenStore tokens, Action<StartedServer> started)
    {
        var port = context.Arguments.GetValue(Port);
        if (repository is OpeningRepository far && far.Opened() is null)
            return new FarPages(far.Forward, tokens).Run(port, started, context.Cancellation);
        var here = repository as EmbeddedRepository ?? ((OpeningRepository)repository).Opened()!;
        if (!here.OpensContent)
            throw new RepositoryException(ErrorCode.Denied, "This is a put key: it stores and lists, and opens nothing that was stored");
        var options = new ServeOptions { Listen = [$"http://127.0.0.1:{port}"], StateFolder = state, Logs = Microsoft.Extensions.Logging.LogLevel.Error };
        return HttpServer.Run(here, options, started, context.Cancellation);
    }
}
