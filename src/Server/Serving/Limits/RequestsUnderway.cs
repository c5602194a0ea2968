namespace StreamBack.Server.Serving.Limits;

/// <summary>Requests that are being answered, of whatever kind: a server that stops waits for what they do, a tag's writing too.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class RequestsUnderway
{
    private readonly Lock gate = new();
    private TaskCompletionSource? ended;
    private int count;

    /// <summary>Does one.</summary>
    public async Task Run(Func<Task> request)
    {
        lock (gate)
            count++;
        try
        {
            await request().ConfigureAwait(false);
        }
        finally
        {
            lock (gate)
            {
                if (--count == 0)
                    ended?.TrySetResult();
            }
        }
    }

    /// <summary>Completes when none is left. Asked once no new ones come.</summary>
    public Task Ended()
    {
        lock (gate)
        {
            ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (count == 0)
                ended.TrySetResult();
            return ended.Task;
        }
    }
}
