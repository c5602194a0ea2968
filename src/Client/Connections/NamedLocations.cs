using StreamBack.Client.Configuration;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>Locations that have names in the client's configuration file (docs/guide/named-locations.md).</summary>
internal static class NamedLocations
{
    private const string Variable = "STREAMBACK_CONFIG";
    private const string HomeBegin = "~/";

    private static string DefaultFile => Path.Combine(UserFolders.Configuration, "streamback", "config.yml");

    /// <summary>The location of a name; null if nothing has that name.</summary>
    /// <param name="text">What <c>--repository</c> says.</param>
    /// <param name="warn">Told what a user should know: a line each.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if the configuration is wrong.</exception>
    // What cannot be a name costs no look at the file: starting is most of a short verb's time.
    public static Location? Find(string text, Action<string> warn)
    {
        if (!IsName(text) || Open(warn) is not { } file)
            return null;
        var all = Read(file.Path, file.Content);
        if (all.GetValueOrDefault(text) is { } location)
            return location;
        if (!Path.Exists(text))
            warn($"'{text}' is no name in {file.Path}, which has {(all.Count > 0 ? string.Join(", ", all.Keys) : "none")}: it is taken for a folder");
        return null;
    }

    /// <summary>The location to use when none is given; null if the configuration names none.</summary>
    public static Location? Default(Action<string> warn)
    {
        if (Open(warn) is not { } file)
            return null;
        var all = Read(file.Path, file.Content);
        if (file.Content.Text("default") is not { } name)
            return null;
        return all.GetValueOrDefault(name) is { } location
            ? location with { Settings = location.Settings with { IsDefault = true } }
            : throw file.Content.Wrong("default", $"names '{name}', which is not among the repositories");
    }

    private static bool IsName(string text) =>
        text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');

    private static (string Path, YamlSection Content)? Open(Action<string> warn)
    {
        var named = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? Path.GetFullPath(path) : null;
        var file = named ?? DefaultFile;
        if (named is null && !File.Exists(file))
            return null;
        FileModes.WarnIfOthersMay(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite, file, "says where streams go, and others may write it", warn);
        var content = YamlSection.Read(file);
        content.AllowOnly("repositories", "default");
        return (file, content);
    }

    // All of them, so that a mistake shows when it is made, and not on the day on which that repository is needed.
    private static Dictionary<string, Location> Read(string file, YamlSection content)
    {
        var locations = new Dictionary<string, Location>();
        var all = content.Section("repositories");
        foreach (var name in all?.Keys ?? [])
        {
            if (!IsName(name))
                throw all!.Wrong(name, "is no name: letters, digits, '.', '_' and '-', beginning with a letter or digit");
            var one = all!.Section(name)!;
            var settings = Settings(file, one, name);
            locations.Add(name, Place(file, one) with { Settings = settings });
        }

        return locations;
    }

    private static Location Place(string file, YamlSection section)
    {
        var text = section.Text("location")!;
        try
        {
            return Location.Read(text) switch
            {
                FolderLocation folder => folder with { Path = FullPath(file, folder.Path)! },
                var other => other,
            };
        }
        catch (RepositoryException error)
        {
            throw section.Wrong("location", $"is no location: {error.Message}");
        }
    }

    private static LocationSettings Settings(string file, YamlSection section, string name)
    {
        section.AllowOnly("location", "tokenFile", "keyFile", "caFile", "limitRate", "spool");
        if (section.Text("location") is null)
            throw new RepositoryException(ErrorCode.Usage, $"{file}: repository '{name}' has no location");
        return new LocationSettings
        {
            Name = name,
            TokenFile = FullPath(file, section.Text("tokenFile")),
            KeyFile = FullPath(file, section.Text("keyFile")),
            CaFile = FullPath(file, section.Text("caFile")),
            LimitRate = Rate(section),
            Spool = FullPath(file, section.Text("spool")),
        };
    }

    private static long? Rate(YamlSection section)
    {
        if (section.Text("limitRate") is not { } text)
            return null;
        return RateLimit.TryParse(text, out var rate) ? rate : throw section.Wrong("limitRate", $"is '{text}': {RateLimit.Form}");
    }

    // A file's folder is a better place to begin at than wherever the command is run.
    private static string? FullPath(string file, string? path) =>
        path is null ? null
        : path.StartsWith(HomeBegin, StringComparison.Ordinal) ? Path.Combine(UserFolders.Home, path[HomeBegin.Length..])
        : Path.GetFullPath(path, Path.GetDirectoryName(file)!);
}
