using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Maintenance;

/// <summary>What manifests need that came after a prune had listed them.</summary>
/// <param name="repository">Whose.</param>
/// <param name="known">The manifests that the prune knows.</param>
/// <param name="frames">Opens recipes.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class LaterRoots(OpenRepository repository, IReadOnlySet<ObjectId> known, FrameCache frames)
{
    private readonly HashSet<ObjectId> read = [];

    /// <summary>The chunks, and the bases of those of which only a delta is there, or all others are in the trash.</summary>
    public ChunkIdSet Needed { get; } = new();

    /// <summary>Reads the manifests that came since.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>, if one cannot be understood.</exception>
    public int Read(CancellationToken cancellation)
    {
        var fresh = Roots.List(repository.Store).Where(id => !known.Contains(id) && !read.Contains(id)).ToList();
        if (fresh.Count == 0)
            return 0;
        using var index = ChunkIndex.Open(repository.Store, repository.Keys, session: null, _ => { }, withUnused: true);
        var reaching = new ReachableChunks(new ChunkReader(index, frames), Needed) { Reached = id => AddBases(index, id) };
        foreach (var id in fresh)
        {
            if (Roots.TryRead(repository, id) is { } manifest)
                reaching.Add(manifest, cancellation);
            read.Add(id);
        }

        return fresh.Count;
    }

    private void AddBases(ChunkIndex index, ChunkId id)
    {
        var copies = index.FindAll(id).Where(copy => index.Bundles.Contains(copy.Bundle)).ToList();
        if (copies.Exists(copy => copy.Base is null && !index.IsUnused(copy.Bundle)))
            return;
        foreach (var copy in copies.Where(copy => copy.Base is not null))
            Needed.Add(copy.Base!.Value);
    }
}
