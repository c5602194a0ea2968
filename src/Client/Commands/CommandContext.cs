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
        Description = "Where the repository is: a folder, ssh://[user@]host[:port]/folder, http(s)://host[:port], or a name from ~/.config/streamback/config.yml. Default: $STREAMBACK_REPOSITORY, the default of that file, or one's own in the home folder",
        HelpName = "LOCATION",
        Recursive = true,
    };

    public static Option<string?> KeyFile { get; } = new("--key-file")
    {
        Description = "The key file (or typed recovery key). Default: $STREAMBACK_KEY_FILE, or ~/.config/streamback/key if it is this repository's, or the key kept in the repository, opened by its passphrase",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Answer in JSON, one object a line", Recursive = true };

    public static Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Say nothing but errors", Recursive = true };
}

/// <summary>What a verb works with: its arguments, the terminal, and how to reach the repository.</summary>
internal sealed class CommandContext(ParseResult arguments, CancellationToken cancellation)
{
    /// <summary>Characters written at once: what a pipe holds in a few rounds.</summary>
    private const int LineBlock = 32 << 10;

    private Location? location;

    /// <summary>The parsed command line.</summary>
    public ParseResult Arguments { get; } = arguments;

    /// <summary>Fires on SIGINT and SIGTERM.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Whether answers are JSON.</summary>
    public bool Json => Arguments.GetValue(CommonOptions.Json);

    /// <summary>Whether only errors are told.</summary>
    public bool Quiet => Arguments.GetValue(CommonOptions.Quiet);

    /// <summary>Whether somebody looks on while it works.</summary>
    public bool ShowsProgress => !Quiet && !Json && !Console.IsErrorRedirected;

    /// <summary>Where the repository is; what this machine's configuration says is none of a client's of ssh.</summary>
    /// <exception cref="InvalidOperationException">The verb is <see cref="Served"/> its repository.</exception>
    public Location Location => Served is not null
        ? throw new InvalidOperationException("What a client of ssh asks for is done over the repository that is served, wherever a location says")
        : location ??= Location.Find(Arguments.GetValue(CommonOptions.Repository), Notice);

    /// <summary>What tells the copy of the repository that is used from others of the same.</summary>
    public string Place => ServedFolder is { } served ? EmbeddedRepository.RealPath(served) : Location is FolderLocation folder ? EmbeddedRepository.RealPath(folder.Path) : $"{Location}";

    /// <summary>What <c>--key-file</c> says, or the configuration for a location with a name.</summary>
    public string? KeyFileOption => KeyFileFor(Location);

    /// <summary>The repository's folder, for what is done on its own machine only.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is elsewhere.</exception>
    public FolderLocation Folder => FolderOf(Location);

    /// <summary>What the verb runs over on behalf of a client of ssh, who may not name another; null to reach what the command line says.</summary>
    public IRepositoryService? Served { get; init; }

    /// <summary>Where it is <see cref="Served"/>: its folder.</summary>
    public string? ServedFolder { get; init; }

    /// <summary>Where it is <see cref="Served"/>: how fast bytes may go over the two pipes, bytes a second; null for any.</summary>
    public long? ServedRate { get; init; }

    /// <summary>Opens the repository, which is on this machine.</summary>
    public EmbeddedRepository Open() => Connect.ToFolder(Folder, KeyFileOption, Notice, Cancellation);

    /// <summary>The same, for what can be done without a key where there is none.</summary>
    public EmbeddedRepository OpenWithoutKey() => KeyFiles.HasNone(KeyFileOption, Folder) ? OpenKeyless() : Open();

    /// <summary>The same without a key even where there is one.</summary>
    public EmbeddedRepository OpenKeyless() => EmbeddedRepository.OpenWithoutKey(Folder.Path, Notice);

    /// <summary>Opens another repository than the options name.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is elsewhere.</exception>
    public EmbeddedRepository Open(Location location, string? keyFile) => Connect.ToFolder(FolderOf(location), keyFile, Notice, Cancellation);

    /// <summary>Reaches the repository, wherever it is.</summary>
    public IRepositoryService Reach() => Served ?? Reach(Location);

    /// <summary>The same, for what can be done without a key where there is none.</summary>
    public IRepositoryService ReachWithoutKey() => Served is null && Location is FolderLocation ? OpenWithoutKey() : Reach();

    /// <summary>Reaches another repository than the one that the command line is about.</summary>
    /// <param name="text">What <c>--repository</c> would say.</param>
    public IRepositoryService Reach(string text) => Reach(Location.Find(text, Notice));

    /// <summary>What is written at the rate that was asked for, where no connection keeps it.</summary>
    public Stream Limited(Stream target) => RateOption.WithoutWire(this) is { } rate ? new LimitedStream(target, rate) : target;

    /// <summary>Tells the user something on standard error.</summary>
    public void Notice(string line)
    {
        if (!Quiet)
            ErrorReport.Line(line);
    }

    /// <summary>Standard output for many lines, at the rate that was asked for.</summary>
    public StreamWriter Lines() => new(Limited(new StandardOutput()), bufferSize: LineBlock);

    /// <summary>Tells that a snapshot's source did not finish, or that from some place on it is no tar, if it is so: what is not in it may have been there.</summary>
    public void NoticeMarks(SnapshotInfo snapshot)
    {
        if (snapshot.IsPartial || snapshot.Marks.Contains(SnapshotMarks.RawTail))
            Notice($"{snapshot.ShortName} is marked {string.Join(", ", snapshot.Marks)}: members may be missing");
    }

    /// <summary>Answers with a line on standard output.</summary>
    public static void Answer(string line)
    {
        using var output = new StandardOutput();
        output.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
    }

    /// <summary>Answers with a JSON object on a line of its own.</summary>
    public static void Answer<T>(T value, JsonTypeInfo<T> type) => Answer(JsonSerializer.Serialize(value, type));

    /// <summary>The folder of a repository that is on this machine.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is elsewhere.</exception>
    public static FolderLocation FolderOf(Location location) => location as FolderLocation
        ?? throw new RepositoryException(ErrorCode.Usage, $"This is done on the repository's own machine, in its folder, not over {location}{WhatItIs(location.Settings)}: name its folder by --repository");

    private static string WhatItIs(LocationSettings settings) => settings switch
    {
        { Name: null } => "",
        { IsDefault: true } => $" ({settings.Name}, the configuration's default)",
        _ => $" ({settings.Name} in the configuration)",
    };

    private IRepositoryService Reach(Location to) => Connect.To(to, KeyFileFor(to), RateOption.Of(this, to), RetryOption.Of(this), Notice, Cancellation);

    private string? KeyFileFor(Location location) => Arguments.GetValue(CommonOptions.KeyFile) ?? location.Settings.KeyFile;
}
