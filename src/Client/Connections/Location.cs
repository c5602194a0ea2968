using System.Globalization;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>Where the repository is, from the command line, the environment or the default.</summary>
internal abstract record Location
{
    private const string Variable = "STREAMBACK_REPOSITORY";
    private const string FileScheme = "file://";

    private const string Ways = "give a folder, ssh://[user@]host[:port]/folder or http(s)://host[:port]";

    /// <summary>What the configuration says about it.</summary>
    public LocationSettings Settings { get; init; } = LocationSettings.None;

    /// <summary>The location to use.</summary>
    /// <param name="option">What <c>--repository</c> says; null if it is not given.</param>
    /// <param name="warn">Told what a user should know: a line each.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static Location Find(string? option, Action<string> warn)
    {
        var text = option ?? Environment.GetEnvironmentVariable(Variable);
        if (option is "")
            throw new RepositoryException(ErrorCode.Usage, $"--repository names nothing: is the variable that it was to come from empty? {Ways}");
        if (text is null or "")
            return NamedLocations.Default(warn) ?? new FolderLocation(Path.Combine(UserFolders.Data, "streamback"), IsDefault: true);
        return NamedLocations.Find(text, warn) ?? Read(text);
    }

    /// <summary>Reads a location that is no name.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static Location Read(string text)
    {
        if (text.StartsWith(FileScheme, StringComparison.Ordinal))
            return new FolderLocation(text[FileScheme.Length..], IsDefault: false);
        if (text.StartsWith("ssh://", StringComparison.Ordinal))
            return SshLocation.Parse(text);
        if (text.StartsWith("http://", StringComparison.Ordinal) || text.StartsWith("https://", StringComparison.Ordinal))
            return ServerLocation.Parse(text);
        var first = text.Split('/')[0];
        if (first.EndsWith(':') && text.StartsWith(first + "//", StringComparison.Ordinal))
            throw new RepositoryException(ErrorCode.Usage, $"Nothing is reached by {first}//: {Ways}");
        if (first.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at && first.IndexOf(':', at) > at)
            throw new RepositoryException(ErrorCode.Usage, $"'{text}' is how scp names a place, not streamback: {Ways} (a folder of that name is ./{text})");
        return new FolderLocation(text, IsDefault: false);
    }
}

/// <summary>A repository in a folder of this machine.</summary>
/// <param name="Path">The folder.</param>
/// <param name="IsDefault">Whether nobody named it: then the first put makes it.</param>
internal sealed record FolderLocation(string Path, bool IsDefault) : Location
{
    /// <inheritdoc/>
    public override string ToString() => Path;
}

/// <summary>A repository on a machine that ssh reaches.</summary>
/// <param name="Host">As ssh takes it: <c>[user@]host</c>, or a name from its configuration.</param>
/// <param name="Port">Null for ssh's own.</param>
/// <param name="Path">The repository's folder there; empty for the default one.</param>
internal sealed record SshLocation(string Host, int? Port, string Path) : Location
{
    /// <summary>Reads <c>ssh://[user@]host[:port][/path]</c>.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static SshLocation Parse(string text)
    {
        var rest = text["ssh://".Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (authority, path) = slash < 0 ? (rest, "") : (rest[..slash], Uri.UnescapeDataString(rest[slash..]));
        var colon = authority.LastIndexOf(':');
        var isPort = colon >= 0 && !authority.EndsWith(']');
        var host = (isPort ? authority[..colon] : authority).Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        ushort port = 0;
        if (host.Length == 0 || host.StartsWith('-') || (isPort && !ushort.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)))
            throw new RepositoryException(ErrorCode.Usage, $"'{text}' is no place that ssh reaches: give ssh://[user@]host[:port]/path");
        return new SshLocation(host, isPort ? port : null, path == "/" ? "" : path);
    }

    /// <inheritdoc/>
    public override string ToString() => $"ssh://{Host}{(Port is { } port ? $":{port}" : "")}{Path}";
}

/// <summary>A repository behind a server.</summary>
/// <param name="Address">Such as <c>https://host:8420</c>.</param>
internal sealed record ServerLocation(Uri Address) : Location
{
    /// <summary>Reads <c>http(s)://host[:port]</c>.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static ServerLocation Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.PathAndQuery != "/" || address.UserInfo.Length > 0)
            throw new RepositoryException(ErrorCode.Usage, $"'{text}' is no server's address: give http(s)://host[:port]");
        if (address.Scheme == "http" && !address.IsLoopback)
            throw new RepositoryException(ErrorCode.Usage, $"{text} would send the token and the stream for all to read: use https://");
        var named = text.TrimEnd('/').EndsWith(string.Create(CultureInfo.InvariantCulture, $":{address.Port}"), StringComparison.Ordinal);
        return new ServerLocation(named ? address : new UriBuilder(address) { Port = Wire.DefaultPort }.Uri);
    }

    /// <inheritdoc/>
    public override string ToString() => Address.ToString().TrimEnd('/');
}
