using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>Which chunks a client is told are there: of what came with its put, and of what it may read.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
/// <param name="repository">Where snapshots are.</param>
/// <param name="index">What is stored.</param>
/// <param name="pipeline">The put; not disposed.</param>
/// <param name="name">Its snapshot's name.</param>
/// <param name="access">What its client may do.</param>
/// <param name="notice">Told of damage: a line each.</param>
internal sealed class PresentChunks(OpenRepository repository, ChunkIndex index, PutPipeline pipeline, string name, Access access, Action<string> notice)
{
    /// <summary>Of so many it is known that they came with this put: 16 GiB of stream, 6 MiB of memory. Others are found by their bundles.</summary>
    private const int MaxOwn = 1 << 18;

    private readonly LocalityCache known = new(index, pipeline.Frames) { Damaged = error => notice($"{error.Message}; asking for what it holds of this stream") };
    private readonly HashSet<ulong> own = []; // the first 64 bits of ids
    private Access access = access;
    private ReadableChunks? readable;

    /// <summary>The client may do something else from now on: what it may read is found out anew.</summary>
    public void Heed(Access now) => (access, readable) = (now, null);

    /// <summary>Chunks came with this put: of these one may be told, whatever one may read.</summary>
    public void Came(ReadOnlySpan<ChunkId> ids)
    {
        for (var number = 0; number < ids.Length && own.Count < MaxOwn; number++)
            own.Add(ids[number].A);
    }

    /// <summary>Whether a chunk is there, as far as the client may know.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is, and has another length.</exception>
    public bool Has(ChunkId id, int length)
    {
        if (own.Contains(id.A))
            return true;
        if (!known.TryFind(id, ChunkClass.Content, out var place))
            return false;
        if (!access.CoversEverything && !pipeline.Wrote(place.Bundle) && !(readable ??= FindReadable()).Contains(id))
            return false;
        return place.ChunkLength == length
            ? true
            : throw new RepositoryException(ErrorCode.Usage, $"A chunk is said to have {length} bytes, and has {place.ChunkLength}");
    }

    // This name's newest first: it is most like what comes.
    private ReadableChunks FindReadable()
    {
        var snapshots = repository.Snapshots.Read(_ => { }, _ => { })
            .Where(snapshot => access.Covers(snapshot.Name))
            .OrderByDescending(snapshot => snapshot.Name == name)
            .ThenByDescending(snapshot => snapshot.Time);
        return ReadableChunks.Of(snapshots, TryRead, new ChunkReader(new LocalityCache(index, pipeline.Frames) { Damaged = _ => { } }, pipeline.Frames));
    }

    private Manifest? TryRead(SnapshotInfo snapshot)
    {
        try
        {
            return ObjectId.TryParse(snapshot.Id, out var id) ? Manifest.TryRead(repository.Store, repository.Keys, id, withContent: false) : null;
        }
        catch (RepositoryException)
        {
            return null;
        }
    }
}
