using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A put that failed for good: why, for a client that did not hear it because it was still sending.</summary>
internal sealed class FailedPut(IRemotePut put, RepositoryException error) : PastPut(put)
{
    /// <inheritdoc/>
    public override long Batches => throw Refusal();

    /// <inheritdoc/>
    public override void Rewind() => throw Refusal();

    /// <inheritdoc/>
    public override SnapshotInfo Commit(SessionEnd end) => throw Refusal();

    /// <inheritdoc/>
    protected override RepositoryException Refusal() => new(error.Code, error.Message, error);
}
