using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>What stays of a put that became a snapshot: whoever lost the answer gets it again.</summary>
internal sealed class CommittedPut(IRemotePut put, SnapshotInfo snapshot) : IRemotePut
{
    /// <inheritdoc/>
    public string Owner { get; } = put.Owner;

    /// <inheritdoc/>
    public string Name { get; } = put.Name;

    /// <inheritdoc/>
    public DateTime Began { get; } = put.Began;

    /// <inheritdoc/>
    public Capabilities Needs { get; } = put.Needs;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Notices { get; } = put.Notices;

    /// <inheritdoc/>
    public long Batches { get; } = put.Batches;

    /// <inheritdoc/>
    public long Durable { get; } = put.Batches;

    /// <inheritdoc/>
    public long Next { get; } = put.Batches;

    /// <inheritdoc/>
    public void Take(Record record, BitList missing)
    {
        record.Release();
        throw new RepositoryException(ErrorCode.Usage, "The put has been committed");
    }

    /// <inheritdoc/>
    public void Rewind()
    {
    }

    /// <inheritdoc/>
    public SnapshotInfo Commit(SessionEnd end) => snapshot;

    /// <inheritdoc/>
    public void Abandon()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
