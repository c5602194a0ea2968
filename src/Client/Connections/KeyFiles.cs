using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Client.Connections;

/// <summary>Key files: where they are, how they are read and written.</summary>
internal static class KeyFiles
{
    private const string Variable = "STREAMBACK_KEY_FILE";

    /// <summary>Key files are a few kilobytes; more is something else.</summary>
    private const int MaxLength = 64 << 10;

    /// <summary>The key file of the default repository.</summary>
    public static string DefaultPath => Path.Combine(UserFolders.Configuration, "streamback", "key");

    /// <summary>The key file that the user names; null if none.</summary>
    /// <param name="option">What <c>--key-file</c> says; null if it is not given.</param>
    public static string? Named(string? option) =>
        (option ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } path ? path : null;

    /// <summary>What to open a repository with.</summary>
    /// <param name="option">What <c>--key-file</c> says; null if it is not given.</param>
    /// <param name="location">Its own wrapped keys are tried if there is no key file.</param>
    /// <param name="cancellation">Ends the wait for a passphrase.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if a named file cannot be read.</exception>
    public static KeyMaterial Find(string? option, FolderLocation location, CancellationToken cancellation)
    {
        var path = InUse(option, location);
        return path is null
            ? new KeyMaterial(null, "", () => Passphrases.Ask($"Passphrase of {location.Path}: ", cancellation))
            : new KeyMaterial(Read(path), path, () => Passphrases.Ask($"Passphrase of {path}: ", cancellation));
    }

    /// <summary>Whether there is nothing to open a repository with: no key file, and none kept in it.</summary>
    public static bool HasNone(string? option, FolderLocation location) =>
        Named(option) is null && !EmbeddedRepository.KeepsKeys(location.Path) && !(File.Exists(DefaultPath) && (DefaultFits(location) || IsNameless(location)));

    /// <summary>This side's key for a repository that is elsewhere: the one that is named, or the default if it is of that repository.</summary>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Denied"/> if a named file cannot be read, or is of another repository: nothing made of it must be sent there.
    /// </exception>
    public static KeyMaterial? FindFor(RepositoryId repository, string? option, CancellationToken cancellation)
    {
        var path = Named(option);
        if (path is null && !(File.Exists(DefaultPath) && IsDefaultOf(repository.ToString())))
            return null;
        path ??= DefaultPath;
        var file = Read(path);
        return KeyMaterial.RepositoryOf(file, path) is var own && own == repository.ToString()
            ? new KeyMaterial(file, path, () => Passphrases.Ask($"Passphrase of {path}: ", cancellation))
            : throw new RepositoryException(ErrorCode.Denied, $"{path} is the key of repository {own}, the one there is {repository}: the key is not used, and nothing of it was sent");
    }

    /// <summary>Writes a new file of mode 0600, durable when this returns.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if a file is there already.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            DurableFile.Create(path, bytes);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new RepositoryException(ErrorCode.Usage, $"{path} is there already; nothing was overwritten");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Failed, $"{path} cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Puts new bytes in a key file's place, all or nothing.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            DurableFile.Replace(path, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Failed, $"{path} cannot be replaced: {error.Message}", error);
        }
    }

    /// <summary>The key file in use, if it is wrapped by a passphrase; null otherwise.</summary>
    public static string? WrappedPath(string? option, FolderLocation location) =>
        InUse(option, location) is { } path && KeyMaterial.NeedsPassphrase(Read(path), path) ? path : null;

    // A key kept in the repository must not stop those who have the key file: a nightly put has nobody to ask for a passphrase.
    private static string? InUse(string? option, FolderLocation location) =>
        Named(option) ?? (File.Exists(DefaultPath) && (!EmbeddedRepository.KeepsKeys(location.Path) || DefaultFits(location)) ? DefaultPath : null);

    private static bool DefaultFits(FolderLocation location) => Fits(() => EmbeddedRepository.IdOf(location.Path));

    // Whose a repository is whose config is lost or damaged only the key tells.
    private static bool IsNameless(FolderLocation location)
    {
        try
        {
            return EmbeddedRepository.IdOf(location.Path) is null;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            return true;
        }
    }

    private static bool IsDefaultOf(string repository) => Fits(() => repository);

    private static bool Fits(Func<string?> repository)
    {
        try
        {
            return repository() == KeyMaterial.RepositoryOf(Read(DefaultPath), DefaultPath);
        }
        catch (RepositoryException)
        {
            return false;
        }
    }

    private static byte[] Read(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new RepositoryException(ErrorCode.Denied, $"{path} is a folder, not a key file");
            return new FileInfo(path).Length <= MaxLength
                ? File.ReadAllBytes(path)
                : throw new RepositoryException(ErrorCode.Denied, $"{path} is not a key file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Denied, $"The key file cannot be read: {error.Message}", error);
        }
    }
}
