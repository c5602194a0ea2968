using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary>The options that every verb has.</summary>
internal static class CommonOptions
{
    public static Option<string?> Repository { get; } = new("--repository")
    {
        Description = "Where the repository is: a folder, or file:///folder. Default: $STREAMBACK_REPOSITORY, or one's own in the home folder",
        HelpName = "LOCATION",
        Recursive = true,
    };

    public static Option<string?> KeyFile { get; } = new("--key-file")
    {
        Description = "The key file (or typed recovery key). Default: $STREAMBACK_KEY_FILE, or the repository's own, opened by its passphrase, or ~/.config/streamback/key",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Answer in JSON, one object a line", Recursive = true };

    public static Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Say nothing but errors", Recursive = true };
}

/// <summary>What a verb works with: its arguments, the terminal, and how to reach the repository.</summary>
internal sealed class CommandContext(ParseResult arguments, CancellationToken cancellation)
{
    /// <summary>The parsed command line.</summary>
    public ParseResult Arguments { get; } = arguments;

    /// <summary>Fires on SIGINT and SIGTERM.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Whether answers are JSON.</summary>
    public bool Json => Arguments.GetValue(CommonOptions.Json);

    /// <summary>Whether only errors are told.</summary>
    public bool Quiet => Arguments.GetValue(CommonOptions.Quiet);

    /// <summary>Where the repository is.</summary>
    public Location Location => Location.Find(Arguments.GetValue(CommonOptions.Repository));

    /// <summary>What <c>--key-file</c> says.</summary>
    public string? KeyFileOption => Arguments.GetValue(CommonOptions.KeyFile);

    /// <summary>Opens the repository.</summary>
    public EmbeddedRepository Open() => EmbeddedRepository.Open(Location.Path, KeyFiles.Find(KeyFileOption, Location), Notice);

    /// <summary>Tells of snapshots that this client has seen and that are no longer there, and remembers what is.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="all">Its snapshots, if they are at hand.</param>
    public static void LookBack(EmbeddedRepository repository, IReadOnlyList<SnapshotInfo>? all = null)
    {
        var seen = new SeenSnapshots(repository.Id);
        all ??= repository.List(_ => { });
        foreach (var line in seen.Missing(all))
            ErrorReport.Line(line);
        seen.Remember(all);
    }

    /// <summary>Tells the user something on standard error.</summary>
    public void Notice(string line)
    {
        if (!Quiet)
            ErrorReport.Line(line);
    }

    /// <summary>Answers with a line on standard output.</summary>
    public static void Answer(string line)
    {
        using var output = new StandardOutput();
        output.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
    }

    /// <summary>Answers with a JSON object on a line of its own.</summary>
    public static void Answer<T>(T value, JsonTypeInfo<T> type) => Answer(JsonSerializer.Serialize(value, type));
}
