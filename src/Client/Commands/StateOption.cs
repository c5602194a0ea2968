using System.CommandLine;
using StreamBack.Client.Connections;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary>The folder of what a server keeps outside of the repository.</summary>
internal static class StateOption
{
    public static Option<string?> State { get; } = new("--state")
    {
        Description = "The server's own folder, with its tokens. Default: in ~/.local/state/streamback",
        HelpName = "FOLDER",
    };

    /// <summary>The folder of a repository's server if none is given.</summary>
    /// <param name="repository">Its id, 32 hex digits.</param>
    public static string Default(string repository) => Path.Combine(UserFolders.State, "streamback", repository);

    /// <summary>A repository with what is remembered of it beside it; a server that is asked sees to that itself.</summary>
    public static IRepositoryService Remembering(CommandContext context, IRepositoryService repository) => repository is EmbeddedRepository here
        ? new ServedRepository(here, context.Arguments.GetValue(State) ?? Default(repository.Id.ToString()), quotas: [])
        : repository;
}
