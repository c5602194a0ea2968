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

    private static OpeningRepository ToServer(
        ServerLocation location, string? keyFile, long? rate, TimeSpan retryFor, Action<string> notice, CancellationToken cancellation)
    {
        var connection = new HttpConnection(TcpTransport.Handler(location, rate), location.Address, Tokens.Find(location.Settings, notice), null);
        return new OpeningRepository(new HttpRepository(connection, retryFor, notice), new HttpObjects(connection, $"{location}"), id => KeyFiles.FindFor(id, keyFile, cancellation), notice);
    }

    private static OpeningRepository OverSsh(
        SshLocation location, string? keyFile, long? rate, TimeSpan retryFor, Action<string> notice, CancellationToken cancellation)
    {
        var ssh = new SshTransport(location);
        var connection = new HttpConnection(ssh.Handler(rate), BehindSsh, token: null, ssh);
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
