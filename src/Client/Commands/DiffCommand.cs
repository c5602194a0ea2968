using System.CommandLine;
using System.Text;
using System.Text.Json;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Client.Commands;

/// <summary><c>diff A B [PATH]</c></summary>
internal static class DiffCommand
{
    private static readonly Argument<string> From = new("A") { Description = "The earlier snapshot, NAME[@WHICH]" };
    private static readonly Argument<string> To = new("B") { Description = "The later snapshot, NAME[@WHICH]" };
    private static readonly Argument<string?> Path = new("PATH") { Description = "Only this folder or member", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> Long = new("--long", "-l") { Description = "Tell in what a path differs as well" };
    private static readonly Option<bool> ExitCode = new("--exit-code") { Description = "Exit 1 if anything differs" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "diff",
        "Tell in what two snapshots differ: + added, - removed, M contents, U only metadata, T another type",
        """
        streamback diff web1/etc@-2 web1/etc
        streamback diff -l web1/etc@2026-10 web1/etc etc/ssh
        """,
        [From, To, Path],
        [Long, ExitCode],
        Run);

    private static int Run(CommandContext context)
    {
        var (from, to) = (SnapshotSelector.Parse(context.Arguments.GetRequiredValue(From)), SnapshotSelector.Parse(context.Arguments.GetRequiredValue(To)));
        var path = MemberPath.Clean(Encoding.UTF8.GetBytes(context.Arguments.GetValue(Path) ?? ""));
        using var repository = context.Reach();
        var (before, after) = (OneSnapshot.Find(repository, from), OneSnapshot.Find(repository, to));
        context.NoticeMarks(before);
        context.NoticeMarks(after);
        using var writer = context.Lines();
        var any = false;
        foreach (var change in repository.Diff(before, after, path, context.Cancellation))
        {
            any = true;
            writer.Write(context.Json ? JsonSerializer.Serialize(change, ProtocolJson.Default.TreeChange) : Line(change, context.Arguments.GetValue(Long)));
            writer.Write('\n');
        }

        return any && context.Arguments.GetValue(ExitCode) ? 1 : 0;
    }

    private static string Line(TreeChange change, bool isLong)
    {
        var member = change.Member;
        var path = member.Path + (member.Type == MemberTypes.Folder ? "/" : "");
        return Printable.Text($"{Sign(change.Change)} {path}{(isLong && change.Fields is { } fields ? $"  ({string.Join(", ", fields.Select(field => Told(field, change)))})" : "")}");
    }

    private static char Sign(string change) => change switch
    {
        ChangeKinds.Added => '+',
        ChangeKinds.Removed => '-',
        ChangeKinds.Type => 'T',
        ChangeKinds.Contents => 'M',
        _ => 'U',
    };

    private static string Told(string field, TreeChange change)
    {
        if (change is not { From: { } from, To: { } to })
            return field;
        return field switch
        {
            "type" => $"{from.Type} -> {to.Type}",
            "size" => $"{from.Size} -> {to.Size} bytes",
            "contents" when to.Link is not null => $"to {from.Link} -> {to.Link}",
            "mode" => $"mode {from.Mode} -> {to.Mode}",
            "owner" => $"owner {Owner(from)} -> {Owner(to)}",
            "time" => $"time {from.Time} -> {to.Time}",
            _ => field,
        };
    }

    private static string Owner(MemberInfo member) => $"{member.User ?? $"{member.Uid}"}/{member.Group ?? $"{member.Gid}"}";
}
