using System.Runtime.ExceptionServices;
using StreamBack.Protocol;

namespace StreamBack.Server.Bundles;

/// <summary>
/// One stage of a pipeline: takes items from one thread and works on them in order, on a thread of its own. The taker waits
/// when too many are on their way, so back-pressure reaches the source.
/// </summary>
/// <remarks>
/// Threading: one thread adds. The first error of the work comes out of the next call; what is still underway is then
/// dropped, so that a waiting taker wakes up and learns of it.
/// </remarks>
internal sealed class OrderedStage<T> : IDisposable
    where T : class
{
    private readonly BoundedBuffer<T> queue;
    private readonly Action<T> work;
    private readonly Thread thread;
    private volatile ExceptionDispatchInfo? failure;

    /// <param name="name">The thread's name, for debuggers.</param>
    /// <param name="capacity">Items that may wait.</param>
    /// <param name="work">What is done with each item.</param>
    public OrderedStage(string name, int capacity, Action<T> work)
    {
        queue = new BoundedBuffer<T>(capacity);
        this.work = work;
        thread = new Thread(Run) { IsBackground = true, Name = name };
        thread.Start();
    }

    /// <summary>Hands over an item.</summary>
    public void Add(T item)
    {
        failure?.Throw();
        queue.Add(item);
    }

    /// <summary>Throws the first error of the work, if there is one.</summary>
    public void ThrowIfFailed() => failure?.Throw();

    /// <summary>Returns when all work is done.</summary>
    public void Complete()
    {
        queue.Complete();
        thread.Join();
        failure?.Throw();
    }

    /// <summary>Drops what is underway, and ends the thread.</summary>
    public void Dispose()
    {
        failure ??= ExceptionDispatchInfo.Capture(new OperationCanceledException());
        queue.Complete();
        thread.Join();
    }

    private void Run()
    {
        foreach (var item in queue.TakeAll())
        {
            if (failure is not null)
                continue;
            try
            {
                work(item);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        }
    }
}
