namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A session's place in the table.</summary>
/// <param name="owner">Who began it.</param>
/// <param name="now">When the entry is made.</param>
internal sealed class SessionEntry(string owner, DateTimeOffset now)
{
    /// <summary>Its turn among the streams that run; given back once. Null when it does not run.</summary>
    public IDisposable? Turn;

    private CancellationTokenSource? running;

    /// <summary>Who began it.</summary>
    public string Owner => owner;

    /// <summary>Held by whoever works on it.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>Null until it is gone on with.</summary>
    public IRemotePut? Put { get; set; }

    /// <summary>When a request for it ended.</summary>
    public DateTimeOffset LastUse { get; private set; } = now;

    /// <summary>A request comes: the one before is ended, and this one waits until it has left.</summary>
    /// <returns>What it holds; disposed when it ends.</returns>
    /// <exception cref="OperationCanceledException">A later one came.</exception>
    public async Task<IDisposable> Enter(CancellationTokenSource request, TimeProvider time)
    {
        lock (Gate)
        {
            running?.Cancel();
            running = request;
        }

        try
        {
            await Gate.WaitAsync(request.Token).ConfigureAwait(false);
            return new Held(this, request, time);
        }
        catch
        {
            Leave(request);
            throw;
        }
    }

    private void Leave(CancellationTokenSource request)
    {
        lock (Gate)
        {
            if (running == request)
                running = null;
        }
    }

    private sealed class Held(SessionEntry entry, CancellationTokenSource request, TimeProvider time) : IDisposable
    {
        public void Dispose()
        {
            entry.LastUse = time.GetUtcNow();
            entry.Leave(request);
            entry.Gate.Release();
        }
    }
}
