using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Connections;

/// <summary>From a location to the repository that is there.</summary>
internal static class Connect
{
    /// <summary>Over ssh there is no host: the two pipes lead to one server.</summary>
    private static readonly Uri BehindSsh = new("http://stdio");

    /// <summary>Reaches a repository.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="keyFile">What <c>--key-file</c> says.</param>
    /// <param name="rate">Bytes a second that may go over a wire in either direction; null for any.</param>
    /// <param name="retryFor">How long a put tries a lost connection again.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <param name="cancellation">Ends the wait for a passphrase.</param>
    public static IRepositoryService To(
        Location location, string? keyFile, long? rate, TimeSpan retryFor, Action<string> notice, CancellationToken cancellation) => location switch
        {
            FolderLocation folder => ToFolder(folder, keyFile, notice, cancellation),
            SshLocation ssh => OverSsh(ssh, keyFile, rate, retryFor, notice, cancellation),
            ServerLocation server => ToServer(server, keyFile, rate, retryFor, notice, cancellation),
            _ => throw new InvalidOperationException($"Nobody knows how to reach {location}"),
        };

    /// <summary>Opens a repository of this machine.</summary>
    public static EmbeddedRepository ToFolder(FolderLocation folder, string? keyFile, Action<string> notice, CancellationToken cancellation) =>
        EmbeddedRepository.Open(folder.Path, KeyFiles.Find(keyFile, folder, cancellation), notice);

    /// <summary>Reaches the server that has a repository which is no folder of this machine.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="rate">Bytes a second that may go over a wire in either direction; null for any.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    public static HttpConnection Server(Location location, long? rate, Action<string> notice)
    {
        if (location is ServerLocation server)
            return new HttpConnection(TcpTransport.Handler(server, rate), server.Address, Tokens.Find(server.Settings, notice), null);
        var ssh = new SshTransport((SshLocation)location);
        return new HttpConnection(ssh.Handler(rate), BehindSsh, token: null, ssh);
    }

    private static OpeningRepository ToServer(
        ServerLocation location, string? keyFile, long? rate, TimeSpan retryFor, Action<string> notice, CancellationToken cancellation)
    {
        var connection = Server(location, rate, notice);
        return new OpeningRepository(new HttpRepository(connection, retryFor, notice), new HttpObjects(connection, $"{location}"), id => KeyFiles.FindFor(id, keyFile, cancellation), notice);
    }

    private static OpeningRepository OverSsh(
        SshLocation location, string? keyFile, long? rate, TimeSpan retryFor, Action<string> notice, CancellationToken cancellation)
    {
        var connection = Server(location, rate, notice);
        var repository = new OpeningRepository(new HttpRepository(connection, retryFor, notice), new HttpObjects(connection, $"{location}"), id => KeyFiles.FindFor(id, keyFile, cancellation), notice);
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
}
