using System.CommandLine;

namespace StreamBack.Client.Commands;

/// <summary>All verbs.</summary>
internal static class Verbs
{
    /// <summary>The whole command line.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("""
            StreamBack keeps streams: what tar, pg_dump or anything else writes to a pipe, deduplicated, compressed and encrypted

              Example:
                tar c /etc | streamback put web1/etc
                streamback get web1/etc | tar x
            """);
        root.Options.Add(CommonOptions.Repository);
        root.Options.Add(CommonOptions.KeyFile);
        root.Options.Add(CommonOptions.Json);
        root.Options.Add(CommonOptions.Quiet);
        root.Subcommands.Add(InitCommand.Create());
        root.Subcommands.Add(PutCommand.Create());
        root.Subcommands.Add(GetCommand.Create());
        root.Subcommands.Add(ListCommand.Create());
        root.Subcommands.Add(ShowCommand.Create());
        root.Subcommands.Add(TagCommand.Create());
        root.Subcommands.Add(CheckCommand.Create());
        root.Subcommands.Add(StatsCommand.Create());
        root.Subcommands.Add(KeyCommand.Create());
        return root;
    }
}
