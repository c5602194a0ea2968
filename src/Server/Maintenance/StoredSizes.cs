using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Adds up what a repository holds; a put key is enough.</summary>
internal static class StoredSizes
{
    /// <summary>Reads the index once, and the length of every file.</summary>
    public static RepositoryStats Add(IFileStore store, RepositoryKeys keys, SnapshotList list, Action<string> notice)
    {
        void Tell(RepositoryException error) => notice(error.Message);
        var snapshots = list.Read(Tell, Tell);
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
        return new RepositoryStats(
            snapshots.Count, snapshots.Sum(snapshot => snapshot.Length), index.Bundles.Count, bundleBytes, indexBytes, otherBytes, chunks, chunkBytes, deltas);
    }

    private static long Bytes(IFileStore store, FileKind kind) => store.List(kind).Sum(id => store.Length(kind, id) ?? 0);
}
