using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http;

/// <summary>
/// Sessions on behalf of those who read stored objects and open them elsewhere, or bring some: what they may come to need is not given
/// back while they are at it. Nobody says when they begin and end, so each request is covered for as long as a get takes; and all of
/// those that come right after each other, as of a copy under way, until they end.
/// </summary>
/// <remarks>Threading: any.</remarks>
internal sealed class ObjectSessions : IDisposable
{
    /// <summary>A session covers what comes within this time: a new one after it, so that an old one ends some time although more and more comes.</summary>
    private static readonly TimeSpan CoverFor = TimeSpan.FromHours(6);

    /// <summary>Requests of one caller that are closer than this are of one piece of work: less than from one hourly copy to the next.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromMinutes(15);

    private readonly EmbeddedRepository repository;
    private readonly TimeSpan longest;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly long began;
    private readonly List<(ISessionLock Session, TimeSpan Opened)> sessions = [];
    private readonly Dictionary<string, Work> callers = [];
    private readonly ITimer ending;

    /// <param name="repository">Not disposed.</param>
    /// <param name="longest">How long one piece of work may take.</param>
    /// <param name="time">What passes; not what a clock says, which may be set.</param>
    public ObjectSessions(EmbeddedRepository repository, TimeSpan longest, TimeProvider time)
    {
        (this.repository, this.longest, this.time, began) = (repository, longest, time, time.GetTimestamp());
        ending = time.CreateTimer(_ => End(), null, CoverFor, CoverFor);
    }

    /// <summary>Somebody reads or brings an object, until what is given is disposed: a large one takes its time.</summary>
    /// <param name="caller">Who.</param>
    public IDisposable Cover(string caller)
    {
        lock (gate)
        {
            var now = Now;
            if (!callers.TryGetValue(caller, out var work) || work.IsOver(now))
                callers[caller] = work = new Work { First = now };
            work.Underway++;
            if ((sessions.Count == 0 || now - sessions[^1].Opened >= CoverFor) && repository.OpenReadingSession() is { } session)
                sessions.Add((session, now));
            return new Request(this, work);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ending.Dispose();
        lock (gate)
            sessions.RemoveAll(one => TryEnd(one.Session));
    }

    private TimeSpan Now => time.GetElapsedTime(began);

    // A file that cannot be deleted is unlocked all the same: whoever begins a session later deletes it.
    private static bool TryEnd(ISessionLock session)
    {
        try
        {
            session.Dispose();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void End()
    {
        lock (gate)
        {
            var now = Now;
            foreach (var (caller, work) in callers)
            {
                if (work.IsOver(now) || now - work.First >= longest)
                    callers.Remove(caller);
            }

            // The one that covers the first request of what goes on was opened up to so long before it.
            var first = callers.Values.Select(work => work.First).Append(now - CoverFor).Min();
            sessions.RemoveAll(one => one.Opened < first - CoverFor && TryEnd(one.Session));
        }
    }

    // Requests one after the other, or at once.
    private sealed class Work
    {
        public TimeSpan First { get; init; }

        public TimeSpan Last { get; set; }

        public int Underway { get; set; }

        public bool IsOver(TimeSpan now) => Underway == 0 && now - Last >= Gap;
    }

    private sealed class Request(ObjectSessions owner, Work work) : IDisposable
    {
        private bool isOver;

        public void Dispose()
        {
            lock (owner.gate)
            {
                if (isOver)
                    return;
                isOver = true;
                work.Underway--;
                work.Last = owner.Now;
            }
        }
    }
}
