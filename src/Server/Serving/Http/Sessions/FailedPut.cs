using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>
/// What stays of a put that failed for good: why, for a client that did not hear it because it was still sending. It takes no turn.
/// </summary>
internal sealed class FailedPut(IRemotePut put, RepositoryException error) : IRemotePut
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
    public long Batches => throw Again();

    /// <inheritdoc/>
    public long Durable => throw Again();

    /// <inheritdoc/>
    public long Next => throw Again();

    /// <inheritdoc/>
    public void Take(Record record, BitList missing)
    {
        record.Release();
        throw Again();
    }

    /// <inheritdoc/>
    public void Rewind() => throw Again();

    /// <inheritdoc/>
    public SnapshotInfo Commit(SessionEnd end) => throw Again();

    /// <inheritdoc/>
    public void Abandon()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private RepositoryException Again() => new(error.Code, error.Message, error);
}
