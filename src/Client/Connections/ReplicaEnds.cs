using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Storage;

namespace StreamBack.Client.Connections;

/// <summary>A repository whose stored files are sent elsewhere, wherever it is, with this side's key if there is one.</summary>
/// <param name="Here">Open.</param>
/// <param name="Beneath">How it is reached; null for a folder.</param>
internal sealed record ReplicaSource(EmbeddedRepository Here, IDisposable? Beneath) : IDisposable
{
    /// <summary>Opens one.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="keyFile">What <c>--key-file</c> says.</param>
    /// <param name="rate">Bytes a second that may go over a wire; null for any.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <param name="cancellation">Ends the wait for a passphrase.</param>
    public static ReplicaSource Open(Location location, string? keyFile, long? rate, Action<string> notice, CancellationToken cancellation)
    {
        if (location is FolderLocation folder)
            return new ReplicaSource(KeyFiles.HasNone(keyFile, folder) ? EmbeddedRepository.OpenWithoutKey(folder.Path, notice) : Connect.ToFolder(folder, keyFile, notice, cancellation), null);
        var connection = Connect.Server(location, rate, notice);
        try
        {
            var far = new HttpRepository(connection, TimeSpan.Zero, notice);
            var objects = new HttpObjects(connection, $"{location}");
            var here = KeyFiles.FindFor(far.Id, keyFile, cancellation) is { } key ? EmbeddedRepository.Open(objects, key, notice) : EmbeddedRepository.OpenWithoutKey(objects, notice);
            return new ReplicaSource(here, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Here.Dispose();
        Beneath?.Dispose();
    }
}

/// <summary>A copy of a repository to which files are sent.</summary>
/// <param name="Target">Takes them.</param>
/// <param name="Beneath">How it is reached.</param>
internal sealed record ReplicaTarget(IObjectTarget Target, IDisposable Beneath) : IDisposable
{
    /// <summary>Opens one; a folder, here or behind ssh, in which there is nothing becomes one.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="source">What is sent.</param>
    /// <param name="rate">Bytes a second that may go over a wire; null for any.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    public static ReplicaTarget Open(Location location, EmbeddedRepository source, long? rate, Action<string> notice)
    {
        if (location is FolderLocation folder)
        {
            if (!EmbeddedRepository.Exists(folder.Path))
                Create(EmbeddedRepository.RealPath(folder.Path), source);
            var copy = EmbeddedRepository.OpenWithoutKey(folder.Path, notice);
            return new ReplicaTarget(copy.AsTarget(folder.Path), copy);
        }

        try
        {
            return Over(location, rate, notice);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound && location is SshLocation ssh)
        {
            notice($"Making a copy at {ssh}");
            SshTransport.MakeReplica(ssh, source.Config());
            return Over(location, rate, notice);
        }
    }

    /// <summary>Opens one that is only read.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    public static ReplicaTarget OpenToRead(Location location, Action<string> notice)
    {
        if (location is not FolderLocation folder)
            return Over(location, rate: null, notice, Capabilities.Objects);
        var copy = EmbeddedRepository.OpenWithoutKey(folder.Path, notice);
        return new ReplicaTarget(copy.AsTarget(folder.Path), copy);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Target.Dispose();
        Beneath.Dispose();
    }

    // Where a disk is not mounted, what is beneath is not made up.
    private static void Create(string path, EmbeddedRepository source)
    {
        if (Path.GetDirectoryName(path) is { } parent && !Directory.Exists(parent))
            throw new RepositoryException(ErrorCode.Usage, $"There is no folder {parent}, in which {Path.GetFileName(path)} is to be made: is its disk mounted?");
        EmbeddedRepository.CreateReplica(path, source.Config());
    }

    private static ReplicaTarget Over(Location location, long? rate, Action<string> notice, Capabilities needed = Capabilities.ObjectsPut | Capabilities.Objects)
    {
        var connection = Connect.Server(location, rate, notice);
        try
        {
            var far = new HttpRepository(connection, TimeSpan.Zero, notice);
            far.Access.RequireWhole(needed);
            return new ReplicaTarget(new HttpTarget(far, connection, $"{location}", notice), connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
