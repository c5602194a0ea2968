using System.CommandLine;
using StreamBack.Client.Connections;
using StreamBack.Client.Spooling;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary>Where a put keeps its stream if the server is away.</summary>
internal static class SpoolOption
{
    public static Option<string?> Spool { get; } = new("--spool")
    {
        Description = "If the server is away, keep the stream in this folder, and end with 10; spool flush delivers it",
        HelpName = "FOLDER",
    };

    /// <summary>The way of a put with a spool; null for one without, as each is that is done for a client of ssh.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if the repository is no server's.</exception>
    public static SpooledPut? Begin(CommandContext context, PutRequest request)
    {
        if (context.Served is not null)
            return null;
        var option = context.Arguments.GetValue(Spool);
        if (option is not null && context.Location is FolderLocation)
            throw new RepositoryException(ErrorCode.Usage, $"{context.Location} is a folder of this machine: a spool is for a server that may be away");
        return request.DryRun || context.Location is FolderLocation || (option ?? context.Location.Settings.Spool) is not { Length: > 0 } path
            ? null
            : new SpooledPut(new SpoolFolder(path), context.Location, request, context.Notice);
    }
}
