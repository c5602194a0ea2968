using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A put that became a snapshot: whoever lost the answer gets it again.</summary>
internal sealed class CommittedPut(IRemotePut put, SnapshotInfo snapshot) : PastPut(put)
{
    /// <inheritdoc/>
    public override long Batches { get; } = put.Batches;

    /// <inheritdoc/>
    public override void Rewind()
    {
        // Nothing is awaited.
    }

    /// <inheritdoc/>
    public override SnapshotInfo Commit(SessionEnd end) => snapshot;

    /// <inheritdoc/>
    protected override RepositoryException Refusal() => new(ErrorCode.Usage, "The put has been committed");
}
