using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>Where the token for a server comes from.</summary>
internal static class Tokens
{
    private const string Variable = "STREAMBACK_TOKEN";
    private const string FileVariable = "STREAMBACK_TOKEN_FILE";

    /// <summary>The token for a location; null if there is none.</summary>
    /// <param name="settings">What is said of the location: a token of its own comes before the environment's.</param>
    /// <param name="warn">Told what a user should know: a line each.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if the file cannot be read, or has no token.</exception>
    public static string? Find(LocationSettings settings, Action<string> warn)
    {
        if (settings.TokenFile is { } own)
            return Read(own, warn);
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } token)
            return Check(token, Variable);
        return Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file ? Read(file, warn) : null;
    }

    /// <summary>Refuses to send the environment's token to several servers: it is meant for one, and the others would learn it.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static void EnsureMeant(IEnumerable<Location> locations)
    {
        if (locations.OfType<ServerLocation>().Where(server => server.Settings.TokenFile is null).DistinctBy(server => server.Address).Skip(1).FirstOrDefault() is { } other)
            throw new RepositoryException(ErrorCode.Usage, $"Which token is for {other}? Give servers names and token files in ~/.config/streamback/config.yml");
    }

    // What else there may be in it, such as a second line, would be no header.
    private static string Check(string token, string where) => token.All(letter => letter is > ' ' and <= '~')
        ? token
        : throw new RepositoryException(ErrorCode.Denied, $"What {where} has is no token: it is not one word of ASCII");

    private static string Read(string path, Action<string> warn)
    {
        FileModes.WarnIfOthersMay(UnixFileMode.GroupRead | UnixFileMode.OtherRead, path, "holds a token, and others may read it", warn);
        try
        {
            return Check(File.ReadAllText(path).Trim(), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Denied, $"The token file cannot be read: {error.Message}", error);
        }
    }
}
