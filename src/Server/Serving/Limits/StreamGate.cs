namespace StreamBack.Server.Serving.Limits;

/// <summary>
/// Lets a bounded number of streams run. The others wait, and get their turns caller by caller, so that one with a hundred puts does
/// not keep out one with a single put. Some turns are kept from each caller, so that one whose streams last for days does not either.
/// </summary>
/// <remarks>Threading: any.</remarks>
/// <param name="running">Streams that run at once.</param>
/// <param name="waiting">Streams that wait; one more is refused, or takes the place of the last of whoever has most of them.</param>
/// <param name="patience">How long one waits.</param>
internal sealed class StreamGate(int running, int waiting, TimeSpan patience)
{
    /// <summary>Of so many turns one is kept for others, at least one where there are several: 48 of 64 are left for each caller.</summary>
    private const int TurnsForOneKept = 4;

    private readonly int mostOfOne = running == 1 ? 1 : running - Math.Max(1, running / TurnsForOneKept);
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> held = []; // turns that each caller has
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
            // Where a turn is free, those that wait may have no more of them: nobody is overtaken.
            if (open < running && MayHaveMore(caller))
            {
                Take(caller);
                return new Turn(this, caller);
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

        return new Turn(this, caller);
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
            Leave(caller);
    }

    private bool MayHaveMore(string caller) => held.GetValueOrDefault(caller) < mostOfOne;

    private void Take(string caller)
    {
        open++;
        held[caller] = held.GetValueOrDefault(caller) + 1;
    }

    private void Leave(string caller)
    {
        lock (gate)
        {
            open--;
            if (--held[caller] == 0)
                held.Remove(caller);
            while (open < running && turns.Find(MayHaveMore) is { } next)
                CallOne(next);
            if (open == 0)
                emptied?.TrySetResult();
        }
    }

    // The first in the line of a caller; then the caller goes to the end of the round.
    private void CallOne(string caller)
    {
        var line = lines[caller];
        var place = line.First!.Value;
        line.RemoveFirst();
        queued--;
        Take(caller);
        place.SetResult();
        turns.Remove(caller);
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

    private sealed class Turn(StreamGate gate, string caller) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
                gate.Leave(caller);
        }
    }
}
