using System.CommandLine;
using System.CommandLine.Parsing;
using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Stdio;

namespace StreamBack.Client.Commands;

/// <summary>
/// What a client of ssh asked to be run, where <c>serve --stdio</c> is the command that its key is bound to: some verbs, with the
/// options that reach no further than the repository that is served (docs/design/wire-protocol.md).
/// </summary>
internal static class ForcedCommand
{
    /// <summary>Where sshd says what was asked for.</summary>
    private const string Variable = "SSH_ORIGINAL_COMMAND";

    private const string Program = "streamback";

    /// <summary>As much of a refused command as is said again.</summary>
    private const int ShownLength = 80;

    /// <summary>The verbs, each with the options that it may have; whatever is not named is refused.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["put"] = ["--tag", "--raw", "--dry-run", "--time", "--allow-truncated", "--allow-empty", "--json", "--quiet"],
        ["get"] = ["--json", "--quiet"],
        ["list"] = ["--tag", "--since", "--removed", "--json", "--quiet"],
        ["show"] = ["--json", "--quiet"],
        ["ls"] = ["--long", "--recursive", "--all", "--json", "--quiet"],
        ["cat"] = ["--json", "--quiet"],
        ["find"] = ["--json", "--quiet"],
        ["diff"] = ["--long", "--exit-code", "--json", "--quiet"],
        ["tag"] = ["--remove", "--json", "--quiet"],
        ["hold"] = ["--json", "--quiet"],
        ["release"] = ["--json", "--quiet"],
        ["remove"] = ["--json", "--quiet"],
        ["forget"] = [.. new[] { "last", "hourly", "daily", "weekly", "monthly", "yearly", "within" }.Select(rule => $"--keep-{rule}"), "--dry-run", "--json", "--quiet"],
        ["undelete"] = ["--json", "--quiet"],
        ["prune"] = ["--dry-run", "--json", "--quiet"],
        ["check"] = ["--read-data", "--max-time", "--max-bytes", "--json", "--quiet"],
        ["verify"] = ["--json", "--quiet"],
        ["late"] = ["--expect", "--json", "--quiet"],
        ["stats"] = ["--json", "--quiet"],
        ["serve"] = ["--stdio"],
    };

    /// <summary>The verb that was asked for; null if HTTP or a request line is to come instead.</summary>
    /// <param name="served">The only repository that may be named.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Denied"/> for what may not be run here, <see cref="ErrorCode.Usage"/> for a verb that is used wrongly.
    /// </exception>
    public static ParseResult? Read(FolderLocation served)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text)
            return null;
        var words = ShellWords.Split(text);
        if (words.Count == 0)
            return null;
        if (words[0] != Program)
            throw Refused(text);
        var asked = Verbs.Parse([.. words.Skip(1)]);
        var verb = asked.CommandResult.Command;

        // Groups have verbs of the same names: key show.
        if (asked.CommandResult.Parent is not CommandResult { Command: RootCommand } || !Allowed.TryGetValue(verb.Name, out var options))
            throw Refused(text);
        CheckOptions(asked, options, served);
        if (verb.Name == "serve")
            return asked.Errors.Count == 0 && Given(asked.CommandResult).Any(option => option.Option.Name == "--stdio") ? null : throw Refused(text);
        if (Verbs.Complaint(asked) is { } complaint)
            throw new RepositoryException(ErrorCode.Usage, complaint);
        return ReferenceEquals(asked.Action, verb.Action) ? asked : throw Refused(text);
    }

    /// <summary>Runs the verb.</summary>
    /// <param name="asked">What <see cref="Read"/> gave.</param>
    /// <param name="repository">What is served; not disposed.</param>
    /// <param name="options">What may be done, and how.</param>
    /// <param name="cancellation">Fires on SIGINT, SIGTERM and SIGHUP.</param>
    /// <returns>The exit code.</returns>
    public static int Run(ParseResult asked, EmbeddedRepository repository, StdioOptions options, CancellationToken cancellation)
    {
        using var age = new SessionAge(options.Limits.SessionAge, cancellation);
        using var served = new LimitedRepository(new ServedRepository(repository, options.StateFolder, options.Quotas, options.Expected), options.Access);
        var context = new CommandContext(asked, age.Ended) { Served = served, ServedFolder = repository.Folder, ServedRate = options.Limits.BodyRate is > 0 and var rate ? rate : null };
        try
        {
            return age.Run(() => ((Verb)asked.CommandResult.Command).Run(context));
        }
        catch (RepositoryException error) when (context.Json)
        {
            ErrorReport.Tell(error, json: true);
            return error.Code.ExitCode();
        }
    }

    private static void CheckOptions(ParseResult asked, string[] options, FolderLocation served)
    {
        foreach (var given in Given(asked.CommandResult))
        {
            if (given.Option == CommonOptions.Repository)
                CheckRepository(asked, served);
            else if (!options.Contains(given.Option.Name))
                throw TooFar(given.Option.Name);
        }

        // An option that this build does not know may be one that a later one does.
        if (asked.UnmatchedTokens.Concat(asked.CommandResult.Tokens.Select(token => token.Value)).FirstOrDefault(word => word.StartsWith('-')) is { } unknown)
            throw TooFar(unknown);
        if (asked.Tokens.Any(token => token.Type == TokenType.DoubleDash))
            throw new RepositoryException(ErrorCode.Denied, "Not allowed: no command is run here, so nothing comes after --");
    }

    private static RepositoryException TooFar(string option) => new(ErrorCode.Denied, $"Not allowed: {option} reaches further than what is served here");

    // Also those that came before the verb.
    private static IEnumerable<OptionResult> Given(CommandResult command) =>
        command.Children.OfType<OptionResult>().Where(option => !option.Implicit).Concat(command.Parent is CommandResult parent ? Given(parent) : []);

    private static void CheckRepository(ParseResult asked, FolderLocation served)
    {
        if (asked.Errors.Count == 0 && (Location.Find(asked.GetValue(CommonOptions.Repository), _ => { }) is not FolderLocation folder || Full(folder) != Full(served)))
            throw new RepositoryException(ErrorCode.Denied, "Not allowed: this is not the repository that is served here");
    }

    private static string Full(FolderLocation folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Path));

    private static RepositoryException Refused(string text) => new(
        ErrorCode.Denied,
        $"Not allowed: '{(text.Length <= ShownLength ? text : text[..ShownLength] + "…")}' is nothing that is run here; {Program} {string.Join(", ", Allowed.Keys.Where(verb => verb != "serve"))} and serve --stdio are");
}
