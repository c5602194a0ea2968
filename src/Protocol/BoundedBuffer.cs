using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace StreamBack.Protocol;

/// <summary>
/// Items on their way from one thread to another. Who has to wait sleeps at once: the framework's collections spin first, with a hundred
/// thousand yields for a gigabyte, which on few cores takes the time of those that work.
/// </summary>
/// <param name="capacity">Items that may wait.</param>
/// <remarks>Threading: any number of threads.</remarks>
public sealed class BoundedBuffer<T>(int capacity)
{
    private readonly object gate = new();
    private readonly Queue<T> items = new(capacity);
    private bool isComplete;
    private bool isAborted;

    /// <summary>Whether nothing is in it, and nothing comes any more.</summary>
    public bool IsCompleted
    {
        get
        {
            lock (gate)
                return isComplete && items.Count == 0;
        }
    }

    /// <summary>Adds an item; waits while there is no room.</summary>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    /// <exception cref="InvalidOperationException">It was completed.</exception>
    public void Add(T item)
    {
        lock (gate)
        {
            while (items.Count >= capacity && !isAborted && !isComplete)
                Monitor.Wait(gate);
            ThrowIfAborted();
            if (isComplete)
                throw new InvalidOperationException("Nothing may be added any more");
            items.Enqueue(item);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Takes the next item, and waits for one.</summary>
    /// <param name="item">The item.</param>
    /// <param name="patience">How long to wait; zero for not at all.</param>
    /// <returns>False if nothing came, or nothing comes any more (<see cref="IsCompleted"/>).</returns>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    public bool TryTake([MaybeNullWhen(false)] out T item, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        lock (gate)
        {
            while (items.Count == 0 && !isComplete && !isAborted)
            {
                var left = patience == Timeout.InfiniteTimeSpan ? patience : patience - Stopwatch.GetElapsedTime(start);
                if (left != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero)
                    break;
                Monitor.Wait(gate, left);
            }

            ThrowIfAborted();
            if (!items.TryDequeue(out item))
                return false;
            Monitor.PulseAll(gate);
            return true;
        }
    }

    /// <summary>All items until the end.</summary>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    public IEnumerable<T> TakeAll()
    {
        while (TryTake(out var item, Timeout.InfiniteTimeSpan))
            yield return item;
    }

    /// <summary>Nothing is added any more; what is in it can still be taken.</summary>
    public void Complete()
    {
        lock (gate)
        {
            isComplete = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Whoever adds or takes, now or later, fails.</summary>
    public void Abort()
    {
        lock (gate)
        {
            isAborted = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Takes out what is left, after all.</summary>
    public IReadOnlyList<T> Clear()
    {
        lock (gate)
        {
            T[] left = [.. items];
            items.Clear();
            return left;
        }
    }

    private void ThrowIfAborted()
    {
        if (isAborted)
            throw new OperationCanceledException("Whoever was on the other side has given up");
    }
}
