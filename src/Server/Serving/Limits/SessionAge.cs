using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Limits;

/// <summary>Ends work that runs for longer than one may.</summary>
/// <remarks>Threading: any. The time runs from the beginning of its life.</remarks>
public sealed class SessionAge : IDisposable
{
    private readonly TimeSpan longest;
    private readonly CancellationToken stop;
    private readonly CancellationTokenSource ended;

    /// <param name="longest">How long one may.</param>
    /// <param name="stop">Ends it before.</param>
    public SessionAge(TimeSpan longest, CancellationToken stop)
    {
        this.longest = longest;
        this.stop = stop;
        ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ended.CancelAfter(longest);
    }

    /// <summary>What ends the work.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>Does work, which looks at <see cref="Ended"/>.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Incomplete"/> if it was ended because it took too long.</exception>
    public T Run<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException error) when (ended.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new RepositoryException(ErrorCode.Incomplete, $"It ran for longer than {longest}, as long as this server lets it; nothing was kept", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ended.Dispose();
}
