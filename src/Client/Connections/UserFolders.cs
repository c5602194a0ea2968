namespace StreamBack.Client.Connections;

/// <summary>The user's folders, by the XDG base directory specification.</summary>
internal static class UserFolders
{
    /// <summary>Where repositories are by default.</summary>
    public static string Data => Folder("XDG_DATA_HOME", ".local/share");

    /// <summary>Where keys are by default.</summary>
    public static string Configuration => Folder("XDG_CONFIG_HOME", ".config");

    /// <summary>Where what a client remembers is.</summary>
    public static string State => Folder("XDG_STATE_HOME", ".local/state");

    /// <summary>The home folder.</summary>
    public static string Home => Environment.GetEnvironmentVariable("HOME") ?? "/";

    private static string Folder(string variable, string inHome) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder && Path.IsPathRooted(folder)
            ? folder
            : Path.Combine(Home, inHome);
}
