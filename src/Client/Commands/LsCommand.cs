using System.CommandLine;
using System.Text;
using System.Text.Json;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Client.Commands;

/// <summary><c>ls NAME[@WHICH] [PATH]</c></summary>
internal static class LsCommand
{
    private static readonly Argument<string> Which = SnapshotArgument.Create();
    private static readonly Argument<string?> Path = new("PATH") { Description = "A folder or member of the tar; without it, its root", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> Long = new("--long", "-l") { Description = "Type and mode, owner, size, time and target as well" };
    private static readonly Option<bool> Recursive = new("--recursive", "-R") { Description = "Everything below it, by its whole path" };
    private static readonly Option<bool> All = new("--all") { Description = "Also members that a later one of the same path replaces" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "ls",
        "List what is in a snapshot",
        """
        streamback ls web1/etc
        streamback ls -l web1/etc@-2 etc/ssh
        streamback ls -R --json web1/etc
        """,
        [Which, Path],
        [Long, Recursive, All],
        Run);

    private static int Run(CommandContext context)
    {
        var selector = SnapshotSelector.Parse(context.Arguments.GetRequiredValue(Which));
        var path = MemberPath.Clean(Encoding.UTF8.GetBytes(context.Arguments.GetValue(Path) ?? ""));
        using var repository = context.Reach();
        var snapshot = OneSnapshot.Find(repository, selector);
        context.NoticeMarks(snapshot);
        using var tree = repository.OpenTree(snapshot, context.Cancellation);
        var found = tree.Require(path);
        var (isRecursive, all) = (context.Arguments.GetValue(Recursive), context.Arguments.GetValue(All));
        var entries = isRecursive ? tree.Below(path, all) : tree.Folder(path, all);
        if (!found.IsFolder)
            entries = (all ? tree.At(path) : [found]).Concat(entries); // a tar may have members below what is no folder
        using var writer = context.Lines();
        foreach (var entry in entries)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            writer.Write(context.Json
                ? JsonSerializer.Serialize(MemberInfo.Of(entry), ProtocolJson.Default.MemberInfo)
                : MemberLine.Of(entry, isRecursive || entry.Path.AsSpan().SequenceEqual(path), context.Arguments.GetValue(Long)));
            writer.Write('\n');
        }

        return 0;
    }
}
