using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Connections;

/// <summary>From a location to the repository that is there.</summary>
internal static class Connect
{
    private const string TokenVariable = "STREAMBACK_TOKEN";
    private const string TokenFileVariable = "STREAMBACK_TOKEN_FILE";

    /// <summary>Over ssh there is no host: the two pipes lead to one server.</summary>
    private static readonly Uri BehindSsh = new("http://stdio");

    /// <summary>How long a server may take to answer a connection before it counts as away.</summary>
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(30);

    /// <summary>Reaches a repository.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="keyFile">What <c>--key-file</c> says.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <param name="cancellation">Ends the wait for a passphrase.</param>
    public static IRepositoryService To(Location location, string? keyFile, Action<string> notice, CancellationToken cancellation) => location switch
    {
        FolderLocation folder => ToFolder(folder, keyFile, notice, cancellation),
        SshLocation ssh => OverSsh(ssh, keyFile, notice, cancellation),
        ServerLocation server => ToServer(server, keyFile, notice, cancellation),
        _ => throw new InvalidOperationException($"Nobody knows how to reach {location}"),
    };

    /// <summary>Opens a repository of this machine.</summary>
    public static EmbeddedRepository ToFolder(FolderLocation folder, string? keyFile, Action<string> notice, CancellationToken cancellation) =>
        EmbeddedRepository.Open(folder.Path, KeyFiles.Find(keyFile, folder, cancellation), notice);

    private static OpeningRepository ToServer(ServerLocation location, string? keyFile, Action<string> notice, CancellationToken cancellation)
    {
        var connection = new HttpConnection(Handler(), location.Address, Token(), null);
        return new OpeningRepository(new HttpRepository(connection, notice), new HttpObjects(connection, $"{location}"), id => KeyFiles.FindFor(id, keyFile, cancellation), notice);
    }

    private static OpeningRepository OverSsh(SshLocation location, string? keyFile, Action<string> notice, CancellationToken cancellation)
    {
        var ssh = new SshTransport(location);
        var connection = new HttpConnection(ssh.Handler(), BehindSsh, token: null, ssh);
        var repository = new OpeningRepository(new HttpRepository(connection, notice), new HttpObjects(connection, $"{location}"), id => KeyFiles.FindFor(id, keyFile, cancellation), notice);
        try
        {
            repository.BringKey();
            return repository;
        }
        catch
        {
            repository.Dispose();
            throw;
        }
    }

    private static SocketsHttpHandler Handler() => new()
    {
        ConnectTimeout = ConnectWithin,
        MaxConnectionsPerServer = HttpObjects.RequestsAtOnce,
        Expect100ContinueTimeout = Timeout.InfiniteTimeSpan,
    };

    private static string? Token()
    {
        if (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token)
            return token;
        if (Environment.GetEnvironmentVariable(TokenFileVariable) is not { Length: > 0 } path)
            return null;
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Denied, $"The token file cannot be read: {error.Message}", error);
        }
    }
}
