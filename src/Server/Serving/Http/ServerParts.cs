using StreamBack.Protocol;
using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Metrics;
using StreamBack.Server.Serving.Quotas;

namespace StreamBack.Server.Serving.Http;

/// <summary>What all requests of one server work with.</summary>
/// <param name="Repository">Not disposed.</param>
/// <param name="Authentication">Says who asks.</param>
/// <param name="Limits">What is allowed.</param>
/// <param name="Quota">What names may have.</param>
/// <param name="Damaged">The snapshots that nobody gets.</param>
/// <param name="StateFolder">Where puts that may be gone on with are noted.</param>
/// <param name="Hosts">The names that the server has.</param>
/// <param name="Expected">How long names may go without a put.</param>
internal sealed record ServerParts(
    EmbeddedRepository Repository, Authentication Authentication, ServeLimits Limits, Quota Quota, DamagedSnapshots Damaged, string StateFolder, KnownHosts Hosts, IReadOnlyList<LateRule> Expected)
{
    /// <summary>Lets so many streams run as may.</summary>
    public StreamGate Gate { get; } = new(Limits.Streams, Limits.Waiting, Limits.Patience);

    /// <summary>What is being answered, streams or not.</summary>
    public RequestsUnderway Requests { get; } = new();

    /// <summary>
    /// How long nobody must have been at a put in several requests for it to rest, when the server is about to stop: longer than from
    /// one request to the next. Over two pipes nobody comes again once they are closed.
    /// </summary>
    public TimeSpan AtRest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether nobody else comes: over two pipes. Such a client may bring a key.</summary>
    public bool HasOneClient { get; init; }

    /// <summary>Ends what has a turn and rests, when the server is about to stop.</summary>
    public Action LetGo { get; set; } = () => { };

    /// <summary>Keeps what those need who read stored objects.</summary>
    public ObjectSessions Objects { get; } = new(Repository, Limits.SessionAge, TimeProvider.System);

    /// <summary>Remembers which puts failed.</summary>
    public FailedPuts FailedPuts { get; } = new(StateFolder);

    /// <summary>A repository with what the server remembers of it.</summary>
    /// <param name="repository">The server's, for whoever asks.</param>
    public ServedRepository Served(EmbeddedRepository repository) => new(repository, Quota, Damaged, Expected, StateFolder);

    /// <summary>Nobody goes on with a put: it failed, unless one of its name went well since.</summary>
    /// <param name="began">When it was begun.</param>
    public void Lapsed(string name, DateTime began)
    {
        if (!Repository.Manifests().Any(snapshot => snapshot.Name == name && snapshot.Received > began))
            FailedPuts.Add(name, "it broke off, and nobody went on with it");
    }

    /// <summary>Counts what happens.</summary>
    public ServerMetrics Metrics { get; } = new();
}
