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
        Description = "What is kept beside the repository: a server's tokens, what was verified when. Default: in ~/.local/state/streamback",
        HelpName = "FOLDER",
    };

    /// <summary>The folder of a repository's server if none is given.</summary>
    /// <param name="repository">Its id, 32 hex digits.</param>
    public static string Default(string repository) => Path.Combine(UserFolders.State, "streamback", repository);

    /// <summary>The folder of a repository's state: the one that was named, or the default.</summary>
    public static string Of(CommandContext context, IRepositoryService repository) => context.Arguments.GetValue(State) ?? Default(repository.Id.ToString());

    /// <summary>A repository with what is remembered of it beside it; a server that is asked sees to that itself, as far as it opens what it stores.</summary>
    public static IRepositoryService Remembering(CommandContext context, IRepositoryService repository)
    {
        if (repository is EmbeddedRepository here)
            return new ServedRepository(here, Of(context, repository), quotas: [], expected: []);
        if (repository is OpeningRepository far)
            far.StateFolder = Of(context, repository);
        return repository;
    }

    /// <summary>Has a repository that is on this machine let removed snapshots rest as its server does.</summary>
    public static void KeepGrace(CommandContext context, IRepositoryService repository)
    {
        if (repository is EmbeddedRepository here)
            here.Grace = GraceFile.Read(Of(context, repository)) ?? here.Grace;
    }
}
