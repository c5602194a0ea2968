using System.Runtime.ExceptionServices;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections.Puts;

/// <summary>
/// Takes items from the thread that reads the source, and sends them on another; after a lost connection it asks the server how
/// far it is, and goes on from there.
/// </summary>
/// <remarks>Threading: one thread adds and completes. What goes wrong with sending comes out of the next call.</remarks>
internal abstract class Sender<T> : IDisposable
    where T : class
{
    /// <summary>How long a request may take to leave once it is given up.</summary>
    private static readonly TimeSpan LeaveWithin = TimeSpan.FromSeconds(5);

    private readonly PutSessionClient session;
    private readonly Retries retries;
    private readonly BoundedBuffer<T> queue;
    private readonly Thread thread;
    private ExceptionDispatchInfo? failure;
    private SessionEnd? end;
    private volatile bool isStopped;
    private bool lost;
    private long reached;
    private SnapshotInfo? snapshot;

    /// <param name="session">Where to.</param>
    /// <param name="retries">How often a lost connection is tried again.</param>
    /// <param name="capacity">Items that may wait.</param>
    protected Sender(PutSessionClient session, Retries retries, int capacity)
    {
        this.session = session;
        this.retries = retries;
        queue = new BoundedBuffer<T>(capacity);
        thread = new Thread(Run) { IsBackground = true, Name = "sender" };
    }

    /// <summary>Hands over an item; waits while too many are on their way.</summary>
    public void Add(T item)
    {
        try
        {
            queue.Add(item);
        }
        catch (OperationCanceledException)
        {
            failure?.Throw();
            throw;
        }
    }

    /// <summary>Sends what is left, and ends the stream.</summary>
    /// <returns>The snapshot, durable.</returns>
    public SnapshotInfo Complete(SessionEnd end)
    {
        this.end = end;
        queue.Complete();
        thread.Join();
        failure?.Throw();
        return snapshot!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Whoever is in the middle of a request lets the connection go, which what comes next needs.
        isStopped = true;
        queue.Abort();
        session.Stop();
        thread.Join(LeaveWithin);
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins to send.</summary>
    protected void Start() => thread.Start();

    /// <summary>Sends some of what there is.</summary>
    /// <returns>False if all has been sent, and the server has taken it.</returns>
    protected abstract bool SendSome();

    /// <summary>How many batches have been sent, and need not be sent again.</summary>
    protected abstract long Sent { get; }

    /// <summary>Begins again from where the server is.</summary>
    protected abstract void GoOn(SessionState state);

    /// <summary>The next item.</summary>
    /// <param name="wait">Whether to wait for one.</param>
    /// <returns>Null if there is none, or no longer any.</returns>
    protected T? Next(bool wait) => queue.TryTake(out var item, wait ? Timeout.InfiniteTimeSpan : TimeSpan.Zero) ? item : null;

    private void Run()
    {
        try
        {
            while (snapshot is null && !isStopped)
                Step();
        }
        catch (Exception error)
        {
            failure = ExceptionDispatchInfo.Capture(error);
            queue.Abort();
        }
    }

    private void Step()
    {
        try
        {
            // Where the server is comes before all else: what is sent must be what it waits for.
            if (lost)
                GoOn(session.State());
            lost = false;
            if (!SendSome())
                snapshot = session.Commit(end ?? throw new OperationCanceledException("The put was given up"), Sent);
            if (Sent > reached)
                retries.Reset();
            reached = Math.Max(reached, Sent);
        }
        catch (RepositoryException error) when (Retries.IsWorthIt(error))
        {
            lost = true;
            retries.Pause(error);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            throw new ConnectionLostException("The server was restarted, and no longer has what came of the stream (--spool keeps one for that)", error);
        }
    }
}
