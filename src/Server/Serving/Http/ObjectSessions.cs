using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http;

/// <summary>
/// Sessions on behalf of those who read stored objects and open them elsewhere, or bring some: what they may come to need is not given
/// back while they are at it. Nobody says when they begin and end, so each request is covered for as long as a get takes.
/// </summary>
/// <remarks>Threading: any.</remarks>
internal sealed class ObjectSessions : IDisposable
{
    /// <summary>A session covers what comes within this time: a new one after it, so that an old one ends some time although more and more comes.</summary>
    private static readonly TimeSpan CoverFor = TimeSpan.FromHours(6);

    private readonly EmbeddedRepository repository;
    private readonly Lock gate = new();
    private readonly List<(ISessionLock Session, DateTime Opened)> sessions = [];
    private readonly Timer ending;

    /// <param name="repository">Not disposed.</param>
    public ObjectSessions(EmbeddedRepository repository)
    {
        this.repository = repository;
        ending = new Timer(_ => End(DateTime.UtcNow - (2 * CoverFor)), null, CoverFor, CoverFor);
    }

    /// <summary>Somebody reads or brings an object.</summary>
    public void Touch()
    {
        lock (gate)
        {
            if (sessions.Count > 0 && DateTime.UtcNow - sessions[^1].Opened < CoverFor)
                return;
            if (repository.OpenReadingSession() is { } session)
                sessions.Add((session, DateTime.UtcNow));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ending.Dispose();
        End(DateTime.MaxValue);
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

    private void End(DateTime openedBefore)
    {
        lock (gate)
        {
            sessions.RemoveAll(one => one.Opened < openedBefore && TryEnd(one.Session));
        }
    }
}
