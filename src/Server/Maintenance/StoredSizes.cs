using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Adds up what a repository holds; a put key is enough.</summary>
internal static class StoredSizes
{
    /// <summary>Opened frames that are kept near while recipes are read, about 1 MiB each.</summary>
    private const int CachedFrames = 16;

    /// <summary>Reads the index twice, all recipes and footers, and the length of every file.</summary>
    public static RepositoryStats Add(OpenRepository repository, Action<string> notice)
    {
        void Tell(RepositoryException error) => notice(error.Message);
        var (store, _, keys) = repository;
        using var session = ReadingSession.TryOpen(store);
        var snapshots = repository.Snapshots.Read(Tell, Tell);
        using var index = ChunkIndex.Open(store, keys, session: null, notice);
        var (chunks, chunkBytes, deltas) = (0L, 0L, 0L);
        foreach (var place in index.Places())
        {
            chunks++;
            chunkBytes += place.ChunkLength;
            deltas += place.Base is null ? 0 : 1;
        }

        var (bundleBytes, indexBytes) = (Bytes(store, FileKind.Bundle), Bytes(store, FileKind.Index));
        var otherBytes = FileKinds.All.Except([FileKind.Bundle, FileKind.Index]).Sum(kind => Bytes(store, kind));
        return new RepositoryStats(snapshots.Count, snapshots.Sum(snapshot => snapshot.Length), index.Bundles.Count, bundleBytes, indexBytes, otherBytes, chunks, chunkBytes, deltas)
        {
            Removing = Removing(repository, index, snapshots, Tell),
        };
    }

    private static RemovalGains? Removing(OpenRepository repository, ChunkIndex index, List<SnapshotInfo> snapshots, Action<RepositoryException> damaged)
    {
        using var frames = new FrameCache(repository.Store, repository.Keys, CachedFrames);
        try
        {
            return new RemovalGain(repository, index, frames).Measure(snapshots);
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
        {
            damaged(error);
            return null;
        }
    }

    private static long Bytes(IFileStore store, FileKind kind) => store.List(kind).Sum(id => store.Length(kind, id) ?? 0);
}
