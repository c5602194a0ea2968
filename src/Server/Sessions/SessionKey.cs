using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>A put key that a client brings for as long as it is connected, to a repository that is served without any.</summary>
internal static class SessionKey
{
    /// <summary>Files of a kind that are tried: some may be damaged.</summary>
    private const int Tries = 8;

    /// <summary>Opens what came.</summary>
    /// <param name="bytes">A key file's.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Denied"/> if it is no put key of this repository: above all, if it holds more than a put key.
    /// </exception>
    public static RepositoryKeys Open(ReadOnlySpan<byte> bytes, OpenRepository repository)
    {
        var file = KeyFile.Read(bytes, "What came");
        if (file.HoldsFullKey || file.NeedsPassphrase)
            throw new RepositoryException(ErrorCode.Denied, "The key that came opens what was stored, or may: it stays where it is; send the put key");
        if (file.Repository != repository.Config.Id)
            throw new RepositoryException(ErrorCode.Denied, $"The key that came is of repository {file.Repository}, this is {repository.Config.Id}");
        var keys = TryOpen(file);
        if (keys is not null && OpensWhatIsThere(repository.Store, keys))
            return keys;
        keys?.Dispose();
        throw new RepositoryException(ErrorCode.Denied, "The key that came is not the one that this repository is sealed with");
    }

    private static RepositoryKeys? TryOpen(KeyFile file)
    {
        try
        {
            return file.TryOpen(passphrase: null);
        }
        catch (RepositoryException)
        {
            return null;
        }
    }

    // Or anybody could make one up, and fill the repository with what nobody opens. An empty one takes the first that comes.
    private static bool OpensWhatIsThere(IFileStore store, RepositoryKeys keys)
    {
        var any = false;
        foreach (var (kind, open) in Openers(store, keys))
        {
            foreach (var id in store.List(kind).Take(Tries))
            {
                // One that is gone by now says nothing either way.
                if (Opens(() => open(id)) is not { } opened)
                    continue;
                any = true;
                if (opened)
                    return true;
            }
        }

        return !any;
    }

    // Each says whether the file is still there; one that the keys do not open is thrown about.
    private static (FileKind Kind, Func<ObjectId, bool> Open)[] Openers(IFileStore store, RepositoryKeys keys) =>
    [
        (FileKind.Snapshot, id => Manifest.TryRead(store, keys, id, withContent: false) is not null),
        (FileKind.Index, id =>
        {
            using var file = IndexFile.TryOpen(store, keys, id);
            return file is not null;
        }),
        (FileKind.Bundle, id => BundleReader.TryOpen(store, keys, id) is not null),
    ];

    private static bool? Opens(Func<bool> open)
    {
        try
        {
            return open() ? true : null;
        }
        catch (RepositoryException)
        {
            return false;
        }
    }
}
