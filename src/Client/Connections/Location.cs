using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>Where the repository is, from the command line, the environment or the default.</summary>
/// <param name="Path">The folder of an embedded repository.</param>
/// <param name="IsDefault">Whether nobody named it: then the first put makes it.</param>
internal sealed record Location(string Path, bool IsDefault)
{
    private const string Variable = "STREAMBACK_REPOSITORY";
    private const string FileScheme = "file://";

    /// <summary>The location to use.</summary>
    /// <param name="option">What <c>--repository</c> says; null if it is not given.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static Location Find(string? option)
    {
        var text = option ?? Environment.GetEnvironmentVariable(Variable);
        if (text is null or "")
            return new Location(System.IO.Path.Combine(UserFolders.Data, "streamback"), IsDefault: true);
        if (text.StartsWith(FileScheme, StringComparison.Ordinal))
            return new Location(text[FileScheme.Length..], IsDefault: false);
        if (text.StartsWith("ssh://", StringComparison.Ordinal) || text.StartsWith("http://", StringComparison.Ordinal) || text.StartsWith("https://", StringComparison.Ordinal))
            throw new RepositoryException(ErrorCode.Unsupported, $"This build opens repositories in local folders only, not {text}");
        return new Location(text, IsDefault: false);
    }
}

/// <summary>The user's folders, by the XDG base directory specification.</summary>
internal static class UserFolders
{
    /// <summary>Where repositories are by default.</summary>
    public static string Data => Folder("XDG_DATA_HOME", ".local/share");

    /// <summary>Where keys are by default.</summary>
    public static string Configuration => Folder("XDG_CONFIG_HOME", ".config");

    /// <summary>Where what a client remembers is.</summary>
    public static string State => Folder("XDG_STATE_HOME", ".local/state");

    private static string Folder(string variable, string inHome) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder && Path.IsPathRooted(folder)
            ? folder
            : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", inHome);
}
