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
    private readonly List<(ISessionLock Session, DateTimeOffset Opened)> sessions = [];
    private readonly Dictionary<string, (DateTimeOffset First, DateTimeOffset Last)> callers = [];
    private readonly ITimer ending;

    /// <param name="repository">Not disposed.</param>
    /// <param name="longest">How long one piece of work may take.</param>
    /// <param name="time">The clock.</param>
    public ObjectSessions(EmbeddedRepository repository, TimeSpan longest, TimeProvider time)
    {
        (this.repository, this.longest, this.time) = (repository, longest, time);
        ending = time.CreateTimer(_ => End(), null, CoverFor, CoverFor);
    }

    /// <summary>Somebody reads or brings an object, or has just done so.</summary>
    /// <param name="caller">Who.</param>
    public void Touch(string caller)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            callers[caller] = (callers.TryGetValue(caller, out var before) && now - before.Last < Gap ? before.First : now, now);
            if (sessions.Count > 0 && now - sessions[^1].Opened < CoverFor)
                return;
            if (repository.OpenReadingSession() is { } session)
                sessions.Add((session, now));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ending.Dispose();
        lock (gate)
            sessions.RemoveAll(one => TryEnd(one.Session));
    }

    // One whose file cannot be deleted protects what it did a while longer.
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
            var now = time.GetUtcNow();
            foreach (var (caller, work) in callers)
            {
                if (now - work.Last >= Gap || now - work.First >= longest)
                    callers.Remove(caller);
            }

            // The one that covers the first request of what goes on was opened up to so long before it.
            var first = callers.Values.Select(work => work.First).Append(now - CoverFor).Min();
            sessions.RemoveAll(one => one.Opened < first - CoverFor && TryEnd(one.Session));
        }
    }
}
