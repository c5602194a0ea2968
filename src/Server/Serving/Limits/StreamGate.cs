namespace StreamBack.Server.Serving.Limits;

/// <summary>
/// Lets a bounded number of streams run. The others wait, and get their turns caller by caller, so that one with a hundred puts does
/// not keep out one with a single put.
/// </summary>
/// <remarks>Threading: any.</remarks>
/// <param name="running">Streams that run at once.</param>
/// <param name="waiting">Streams that wait; one more is refused, or takes the place of the last of whoever has most of them.</param>
/// <param name="patience">How long one waits.</param>
internal sealed class StreamGate(int running, int waiting, TimeSpan patience)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedList<TaskCompletionSource>> lines = [];
    private readonly List<string> turns = []; // callers with a line, each once, in the order in which they are called
    private TaskCompletionSource? emptied;
    private int open;
    private int queued;
    private bool closed;

    /// <summary>How many run and how many wait.</summary>
    public (int Running, int Waiting) Count
    {
        get
        {
            lock (gate)
                return (open, queued);
        }
    }

    /// <summary>Waits for a turn.</summary>
    /// <param name="caller">Whose line it joins.</param>
    /// <returns>The turn; disposed when the stream has ended.</returns>
    /// <exception cref="ServerBusyException">Too many wait, it took too long, or the server is about to stop.</exception>
    public async Task<IDisposable> Enter(string caller, CancellationToken cancellation)
    {
        TaskCompletionSource place;
        lock (gate)
        {
            if (closed)
                throw Stopping();
            if (open < running && queued == 0)
            {
                open++;
                return new Turn(this);
            }

            if (queued >= waiting && !MakeRoom(caller))
                throw new ServerBusyException($"{open} streams run and {queued} wait for their turn: as many as this server takes");
            place = Join(caller);
        }

        try
        {
            await place.Task.WaitAsync(patience, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            GiveUp(caller, place);
            if (error is TimeoutException)
                throw new ServerBusyException($"The turn did not come within {patience}");
            throw;
        }

        return new Turn(this);
    }

    /// <summary>Refuses who waits, and who comes; those that run go on.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            foreach (var place in lines.Values.SelectMany(line => line))
                place.TrySetException(Stopping());
            lines.Clear();
            turns.Clear();
            queued = 0;
        }
    }

    /// <summary>Completes when nothing runs.</summary>
    public Task Emptied()
    {
        lock (gate)
        {
            emptied ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (open == 0)
                emptied.TrySetResult();
            return emptied.Task;
        }
    }

    private static ServerBusyException Stopping() => new("The server is about to stop");

    private TaskCompletionSource Join(string caller)
    {
        var place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!lines.TryGetValue(caller, out var line))
        {
            lines.Add(caller, line = new());
            turns.Add(caller);
        }

        line.AddLast(place);
        queued++;
        return place;
    }

    // As many as wait may be one caller's: it does not keep out the others, who have at least two fewer.
    private bool MakeRoom(string caller)
    {
        var longest = lines.Keys.MaxBy(other => lines[other].Count);
        if (longest is null || lines[longest].Count < 2 + (lines.TryGetValue(caller, out var own) ? own.Count : 0))
            return false;
        lines[longest].Last!.Value.TrySetException(new ServerBusyException($"{waiting} streams wait for their turn, as many as this server takes, and too many of them are of '{longest}'"));
        lines[longest].RemoveLast();
        queued--;
        return true;
    }

    private void GiveUp(string caller, TaskCompletionSource place)
    {
        lock (gate)
        {
            if (lines.TryGetValue(caller, out var line) && line.Remove(place))
            {
                queued--;
                if (line.Count == 0)
                    Drop(caller);
                return;
            }
        }

        // The turn came at the same moment: it is passed on.
        if (place.Task.IsCompletedSuccessfully)
            Leave();
    }

    private void Leave()
    {
        lock (gate)
        {
            open--;
            while (open < running && queued > 0)
                CallOne();
            if (open == 0)
                emptied?.TrySetResult();
        }
    }

    // The first in the line of the caller whose turn it is; then the caller goes to the end of the round.
    private void CallOne()
    {
        var caller = turns[0];
        var line = lines[caller];
        var place = line.First!.Value;
        line.RemoveFirst();
        queued--;
        open++;
        place.SetResult();
        turns.RemoveAt(0);
        if (line.Count > 0)
            turns.Add(caller);
        else
            lines.Remove(caller);
    }

    private void Drop(string caller)
    {
        lines.Remove(caller);
        turns.Remove(caller);
    }

    private sealed class Turn(StreamGate gate) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
                gate.Leave();
        }
    }
}
