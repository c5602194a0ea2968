using StreamBack.Protocol;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary>Runs puts, gets and checks: each when its turn comes, on a thread of its own, for as long as one may, and counted.</summary>
internal static class StreamRun
{
    /// <summary>Runs one.</summary>
    /// <param name="work">Gets what ends it: whoever asked is gone, or it has run for too long.</param>
    /// <exception cref="RepositoryException">
    /// That of the work; <see cref="ErrorCode.Busy"/> if there is no turn to be had; <see cref="ErrorCode.Incomplete"/> if it ran for too long.
    /// </exception>
    public static async Task<T> Run<T>(ApiCall call, StreamKind kind, Func<CancellationToken, T> work)
    {
        using var turn = await call.Server.Gate.Enter(call.Caller.Name, call.Aborted).ConfigureAwait(false);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted);
        ended.CancelAfter(call.Server.Limits.SessionAge);
        var streams = call.Server.Metrics.Streams;
        streams.Began(kind);
        var outcome = StreamCounts.Gone;
        try
        {
            var result = await ApiCall.Block(() => work(ended.Token)).ConfigureAwait(false);
            outcome = StreamCounts.Done;
            return result;
        }
        catch (Exception error) when (error is RepositoryException or OperationCanceledException && ended.IsCancellationRequested && !call.Aborted.IsCancellationRequested)
        {
            outcome = StreamCounts.TooLong;
            throw new RepositoryException(ErrorCode.Incomplete, $"It ran for longer than {call.Server.Limits.SessionAge}, as long as this server lets it; nothing was kept", error);
        }
        catch (RepositoryException error) when (!call.Aborted.IsCancellationRequested)
        {
            outcome = error.Code.Name();
            throw;
        }
        finally
        {
            streams.Ended(kind, outcome);
        }
    }
}
