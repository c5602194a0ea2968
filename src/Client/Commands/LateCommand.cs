using System.CommandLine;
using System.Text.Json;
using StreamBack.Client.Configuration;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>late [NAME]</c></summary>
internal static class LateCommand
{
    private static readonly Argument<string?> Name = new("NAME") { Description = "Only this name, or, ending in a slash, all below it", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "late",
        "Names that were not put when they should have been, or whose last put failed; exit code 11 if there are any",
        """
        streamback late
        streamback late web1/ --expect web1/=26h
        """,
        [Name],
        [DutySettings.Expected.Flag, ServeSettings.File, StateOption.State],
        Run);

    private static int Run(CommandContext context)
    {
        NameScope? scope = context.Arguments.GetValue(Name) is { } name ? NameScope.Parse(name) : null;
        var rules = DutySettings.ReadExpected(new SettingValues(ServeSettings.All, context.Arguments, context.Arguments.GetValue(ServeSettings.File)));
        using var repository = context.Reach();
        var late = StateOption.Remembering(context, repository).Late(rules).Where(one => scope?.Covers(one.Name) != false).ToList();
        if (late.Count == 0 && scope is { } asked)
            EnsureKnown(repository, asked);
        using (var writer = context.Lines())
        {
            foreach (var one in late)
                writer.Write((context.Json ? JsonSerializer.Serialize(one, ProtocolJson.Default.LateName) : Line(one)) + "\n");
        }

        return late.Count == 0 ? 0 : ErrorCode.Late.ExitCode();
    }

    // A name that is mistyped is never late.
    private static void EnsureKnown(IRepositoryService repository, NameScope asked)
    {
        var names = repository.List(_ => { }).Select(snapshot => snapshot.Name).ToList();
        if (!names.Exists(asked.Covers))
            throw MissingName.Error(asked.Text, names);
    }

    private static string Line(LateName late)
    {
        var newest = late.Newest is { } last ? $"last put {last:yyyy-MM-dd HH:mm}Z, due {late.Due:yyyy-MM-dd HH:mm}Z" : "never put";
        var failed = late.Failed is { } time ? $"put failed {time:yyyy-MM-dd HH:mm}Z: {Terminal.Printable.Text(late.Message ?? "")}" : null;
        return $"{late.Name}  {(late.Due is null ? failed : failed is null ? newest : $"{newest}; {failed}")}";
    }
}
