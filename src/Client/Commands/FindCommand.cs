using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Client.Commands;

/// <summary><c>find PATTERN [NAME]</c></summary>
internal static class FindCommand
{
    private static readonly Argument<string> Pattern = new("PATTERN")
    {
        Description = "Of a file's name, or, with a slash in it, of its path: *, ?, [a-z], and ** for slashes as well",
    };

    private static readonly Argument<string?> Name = new("NAME")
    {
        Description = "Only snapshots of this name, or, ending in a slash, of all below it",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "find",
        "Look for files in all snapshots: in which they are, and when they changed",
        """
        streamback find 'sshd_*'
        streamback find '/etc/**/*.conf' web1/etc
        """,
        [Pattern, Name],
        [],
        Run);

    private static int Run(CommandContext context)
    {
        var request = new SearchRequest(context.Arguments.GetRequiredValue(Pattern), context.Arguments.GetValue(Name));
        request.EnsureAllowed();
        using var repository = context.Reach();
        var damaged = new List<RepositoryException>();
        var any = false;
        try
        {
            any = Write(context, repository.Search(request, damaged.Add, context.Cancellation));
        }
        finally
        {
            foreach (var error in damaged)
                ErrorReport.Tell(error, context.Json);
        }

        if (damaged.Count > 0)
            return (damaged.Find(error => error.Code == ErrorCode.Corrupt) ?? damaged[0]).Code.ExitCode();
        return any ? 0 : throw new RepositoryException(ErrorCode.NotFound, $"Nothing in {(request.Name is { } name ? $"the snapshots of '{name}'" : "any snapshot")} fits '{request.Pattern}'{(request.Pattern.TrimStart('/').Contains('/', StringComparison.Ordinal) && !request.Pattern.Contains("**", StringComparison.Ordinal) ? $"; with a slash it is of the whole path: '**/{request.Pattern.TrimStart('/')}' is of its end" : "")}");
    }

    private static bool Write(CommandContext context, IEnumerable<FoundMember> all)
    {
        using var writer = context.Lines();
        FoundMember? last = null;
        foreach (var found in all)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (!context.Json && (last is null || last.Name != found.Name || !IsSamePath(last.Member, found.Member)))
                writer.Write($"{found.Name}: {Printable.Text(found.Member.Path)}{(found.Member.Type == MemberTypes.Folder ? "/" : "")}\n");
            writer.Write(context.Json ? JsonSerializer.Serialize(found, ProtocolJson.Default.FoundMember) : Line(found));
            writer.Write('\n');
            last = found;
        }

        return last is not null;
    }

    private static bool IsSamePath(MemberInfo one, MemberInfo other) =>
        one.Path == other.Path && one.PathBytes.AsSpan().SequenceEqual(other.PathBytes);

    // 1a2b3c4d  2026-11-27 02:00:00Z  -rw-r--r--  3244  2026-11-26 18:12:44Z  in 3 snapshots, the oldest 9f8e7d6c of 2026-11-20 02:00:00Z, contents
    private static string Line(FoundMember found)
    {
        var entry = found.Member.ToEntry();
        var since = found.Snapshots == 1 ? "in this one" : $"in {found.Snapshots} snapshots, back to {found.Oldest.Id[..8]} of {Time(found.Oldest.Time)}";
        var change = found.Change switch
        {
            null => "",
            ChangeKinds.Added => ", added there",
            ChangeKinds.Metadata => ", metadata changed there",
            ChangeKinds.Type => ", another type before",
            _ => ", contents changed there",
        };
        var gone = found.GoneIn is { } after ? $", gone in {after.Id[..8]} of {Time(after.Time)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"  {found.Newest.Id[..8]}  {Time(found.Newest.Time)}  {MemberLine.Mode(entry)} {found.Member.Size,12}  {MemberLine.Time(entry),-20}  {since}{change}{gone}");
    }

    private static string Time(DateTime time) => string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd HH:mm:ss}Z");
}
