using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>What stays of a put that has ended: whose it was, and an answer. It holds nothing, and takes no turn.</summary>
/// <param name="put">What it was; not disposed.</param>
internal abstract class PastPut(IRemotePut put) : IRemotePut
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
    public abstract long Batches { get; }

    /// <inheritdoc/>
    public long Durable => Batches;

    /// <inheritdoc/>
    public long Next => Batches;

    /// <inheritdoc/>
    public void Heed(Access access)
    {
        // It tells of nothing that is stored.
    }

    /// <inheritdoc/>
    public void Take(Record record, BitList missing)
    {
        record.Release();
        throw Refusal();
    }

    /// <inheritdoc/>
    public abstract void Rewind();

    /// <inheritdoc/>
    public abstract SnapshotInfo Commit(SessionEnd end);

    /// <inheritdoc/>
    public void Abandon()
    {
        // It has ended.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // It holds nothing.
    }

    /// <summary>Why it takes no records.</summary>
    protected abstract RepositoryException Refusal();
}
