using StreamBack.Protocol;
using StreamBack.Server.Serving.Tokens;

namespace StreamBack.Server.Serving.Quotas;

/// <summary>
/// Holds puts to what their names may have: the lengths of all listed streams, and of those underway in any process that shares the
/// state folder.
/// </summary>
/// <remarks>Threading: any. Needs no writing of its own: a snapshot that is removed counts no longer.</remarks>
internal sealed class Quota
{
    /// <summary>
    /// What a put reserves ahead, so that a sum is made seldom; where less than sixteen times as much is left, a sixteenth of
    /// that, so that puts do not keep each other out of what they do not need.
    /// </summary>
    private const long MostAhead = 16 << 20;

    private const int ShareAhead = 16;

    private readonly EmbeddedRepository repository;
    private readonly IReadOnlyList<QuotaRule> rules;
    private readonly TokenStore? tokens;
    private readonly OpenPuts? puts;

    /// <param name="repository">Whose snapshots count; not disposed.</param>
    /// <param name="rules">Hold for everybody.</param>
    /// <param name="stateFolder">Where puts underway are known.</param>
    /// <param name="tokens">Those that may have quotas; null where there are none.</param>
    public Quota(EmbeddedRepository repository, IReadOnlyList<QuotaRule> rules, string stateFolder, TokenStore? tokens)
    {
        this.repository = repository;
        this.rules = rules;
        this.tokens = tokens;
        puts = new OpenPuts(stateFolder);
    }

    private Quota(EmbeddedRepository repository) => (this.repository, rules) = (repository, []);

    /// <summary>Quotas that hold for everybody, where there are no tokens; without any nothing is counted.</summary>
    public static Quota Of(EmbeddedRepository repository, IReadOnlyList<QuotaRule> rules, string stateFolder) =>
        rules.Count == 0 ? new(repository) : new(repository, rules, stateFolder, tokens: null);

    /// <summary>Begins to count a put.</summary>
    /// <param name="name">The name that it gets.</param>
    /// <param name="own">The quota of whoever puts; null for none.</param>
    /// <returns>What counts it; disposed when the snapshot is listed, or the put given up.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Full"/> if there is no room for a single byte.</exception>
    public QuotaShare Begin(SnapshotName name, QuotaRule? own)
    {
        var holding = rules.Append(own).OfType<QuotaRule>().Where(rule => rule.Covers(name.ToString())).ToList();

        // One that is held to nothing still counts for those who are.
        var counted = puts is not null && (holding.Count > 0 || OfTokens().Any(rule => rule.Covers(name.ToString())));
        return IoErrors.Wrap(() => new QuotaShare(this, name.ToString(), holding, counted ? puts : null));
    }

    /// <summary>How much each rule of the configuration has used.</summary>
    public IReadOnlyList<(QuotaRule Rule, long Used)> Usage() => IoErrors.Wrap<IReadOnlyList<(QuotaRule, long)>>(() =>
    {
        if (rules.Count == 0 || puts is null)
            return [];
        using var held = puts.Lock();
        var counted = Counted(puts, except: null);
        return [.. rules.Select(rule => (rule, Sum(counted, rule)))];
    });

    /// <summary>How much a put may count for. Under the lock of <paramref name="open"/>.</summary>
    /// <param name="share">The put's file.</param>
    /// <param name="needed">Bytes that it has.</param>
    /// <returns>At least <paramref name="needed"/>.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Full"/>.</exception>
    internal long Grant(OpenPuts open, string? share, IReadOnlyList<QuotaRule> holding, long needed)
    {
        var granted = long.MaxValue;
        if (holding.Count == 0)
            return granted;
        var counted = Counted(open, share);
        foreach (var rule in holding)
        {
            var left = rule.Bytes - Sum(counted, rule);
            if (needed > left)
                throw new RepositoryException(ErrorCode.Full, $"Over quota: {rule.Names} may have {Sizes.Bytes(rule.Bytes)} of streams together; nothing was kept");
            granted = Math.Min(granted, needed + Math.Min(MostAhead, (left - needed) / ShareAhead));
        }

        return granted;
    }

    private IEnumerable<QuotaRule> OfTokens() => rules.Concat(tokens?.List().Select(token => token.Quota).OfType<QuotaRule>() ?? []);

    // Those underway first: one that gets listed in between counts twice for a moment, never not at all.
    private List<(string Name, long Bytes)> Counted(OpenPuts open, string? except)
    {
        var counted = open.Others(except);
        counted.AddRange(repository.Manifests().Concat(repository.RemovedManifests()).Select(snapshot => (snapshot.Name, snapshot.Length)));
        return counted;
    }

    // Lengths are what manifests say, which whoever has a put key may forge: more than there can be is as much as there can be.
    private static long Sum(List<(string Name, long Bytes)> counted, QuotaRule rule) =>
        counted.Where(stream => rule.Covers(stream.Name)).Aggregate(0L, (sum, stream) => stream.Bytes > long.MaxValue - sum ? long.MaxValue : sum + stream.Bytes);
}
