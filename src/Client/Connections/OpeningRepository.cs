using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Client.Connections;

/// <summary>
/// A repository behind HTTP. What a sealed server cannot open is opened here, from its stored objects, if this side has the full key
/// and may read objects: the private half never leaves this machine.
/// </summary>
/// <param name="far">The server; owned.</param>
/// <param name="objects">Its stored objects.</param>
/// <param name="findKey">This side's key for the repository of an id; null if there is none.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
/// <remarks>Threading: one operation at a time.</remarks>
internal sealed class OpeningRepository(HttpRepository far, IObjectSource objects, Func<RepositoryId, KeyMaterial?> findKey, Action<string> notice) : IRepositoryService
{
    private EmbeddedRepository? here;

    /// <summary>Where it is remembered what was verified here, when this side does what a sealed server cannot; null to remember nothing.</summary>
    public string? StateFolder { get; set; }

    private string? whyNotHere;

    /// <summary>The repository as it is opened here; null if the server itself opens what it stores.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if neither does.</exception>
    public EmbeddedRepository? Opened() => Here() ?? (far.IsSealed ? throw CannotOpen() : null);

    /// <summary>Sends a request to the server as it is.</summary>
    public Task<HttpResponseMessage> Forward(HttpRequestMessage request, CancellationToken cancellation) => far.Forward(request, cancellation);

    /// <inheritdoc/>
    public RepositoryId Id => far.Id;

    /// <inheritdoc/>
    public Access Access => far.Access;

    /// <summary>Gives a server that has no key this side's put key, for as long as the connection lasts.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if neither side has one.</exception>
    public void BringKey()
    {
        if (!far.NeedsKey)
            return;
        var key = findKey(far.Id)
            ?? throw new RepositoryException(ErrorCode.Denied, $"No key: the far side has none, and neither has this one of repository {far.Id} (--key-file, STREAMBACK_KEY_FILE)");
        far.UseKey(key.PutKey());
    }

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotInfo> List(Action<RepositoryException> damaged) => far.List(damaged);

    /// <inheritdoc/>
    public bool Holds(string id) => far.Holds(id);

    /// <inheritdoc/>
    public SnapshotInfo Find(SnapshotSelector selector)
    {
        if (Here() is not { } reader)
            return far.IsSealed && !far.Access.Capabilities.HasFlag(Capabilities.List) ? throw CannotOpen() : far.Find(selector);
        SnapshotInfo told;
        try
        {
            told = far.Find(selector);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Denied)
        {
            // Who may read objects and not list looks through them.
            return reader.Find(selector);
        }

        // The server says which one is the latest; that an id is the one that was asked for can be seen.
        if (told.Name != selector.Name.ToString() || (selector.IsId && !told.Id.StartsWith(selector.Which, StringComparison.OrdinalIgnoreCase)))
            throw new RepositoryException(ErrorCode.Corrupt, $"The server gives {told.Name}@{told.Id} for {selector.Name}@{selector.Which}");
        var found = reader.WithContent(told);
        return StateFolder is null ? found : new Receipts(StateFolder, reader).Shown(found);
    }

    /// <inheritdoc/>
    public SnapshotInfo Put(PutRequest request, IStreamSource source, TransferProgress progress, CancellationToken cancellation) =>
        far.Put(request, source, progress, cancellation);

    /// <inheritdoc/>
    public void Get(SnapshotInfo snapshot, Stream target, Stream? prefix, TransferProgress progress, CancellationToken cancellation) =>
        WhoOpens().Get(snapshot, target, prefix, progress, cancellation);

    /// <inheritdoc/>
    public void GetPart(SnapshotInfo snapshot, IReadOnlyList<byte[]> paths, Stream target, TransferProgress progress, CancellationToken cancellation) =>
        WhoOpens().GetPart(snapshot, paths, target, progress, cancellation);

    /// <inheritdoc/>
    public void GetMember(SnapshotInfo snapshot, byte[] path, Stream target, TransferProgress progress, CancellationToken cancellation) =>
        WhoOpens().GetMember(snapshot, path, target, progress, cancellation);

    /// <inheritdoc/>
    public IEnumerable<TreeChange> Diff(SnapshotInfo from, SnapshotInfo to, byte[] path, CancellationToken cancellation) => WhoOpens().Diff(from, to, path, cancellation);

    /// <inheritdoc/>
    public IEnumerable<FoundMember> Search(SearchRequest request, Action<RepositoryException> damaged, CancellationToken cancellation) => WhoOpens().Search(request, damaged, cancellation);

    /// <inheritdoc/>
    public ISnapshotTree OpenTree(SnapshotInfo snapshot, CancellationToken cancellation) => WhoOpens().OpenTree(snapshot, cancellation);

    /// <inheritdoc/>
    public void Tag(SnapshotInfo snapshot, IReadOnlyList<string> add, IReadOnlyList<string> remove) => far.Tag(snapshot, add, remove);

    /// <inheritdoc/>
    public void Hold(SnapshotInfo snapshot, bool held) => far.Hold(snapshot, held);

    /// <inheritdoc/>
    public void Remove(IReadOnlyList<SnapshotInfo> snapshots) => far.Remove(snapshots);

    /// <inheritdoc/>
    public IReadOnlyList<RemovedSnapshot> Removed(Action<RepositoryException> damaged) => far.Removed(damaged);

    /// <inheritdoc/>
    public IReadOnlyCollection<string> WereRemoved(IReadOnlyCollection<string> ids) => far.WereRemoved(ids);

    /// <inheritdoc/>
    public void Undelete(RemovedSnapshot removed) => far.Undelete(removed);

    /// <inheritdoc/>
    public IReadOnlyList<RetentionDecision> Forget(ForgetRequest request) => far.Forget(request);

    /// <inheritdoc/>
    public PruneReport Prune(bool dryRun, TransferProgress progress, CancellationToken cancellation) => far.Prune(dryRun, progress, cancellation);

    /// <inheritdoc/>
    /// <remarks>Every byte is verified here if the server cannot: then all of it comes over the connection.</remarks>
    public CheckReport Check(CheckRequest request, TransferProgress progress, CancellationToken cancellation)
    {
        var by = request.ReadData && Here() is { } reader ? Remembering(reader) : far;
        return by.Check(request, progress, cancellation);
    }

    /// <inheritdoc/>
    /// <remarks>By who opens it; what a sealed server stores comes over the connection.</remarks>
    public void Verify(SnapshotInfo snapshot, TransferProgress progress, CancellationToken cancellation)
    {
        var by = WhoOpens() is EmbeddedRepository reader ? Remembering(reader) : far;
        by.Verify(snapshot, progress, cancellation);
    }

    /// <inheritdoc/>
    public IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules) => far.Late(rules);

    /// <inheritdoc/>
    public RepositoryStats Stats() => far.Stats();

    /// <inheritdoc/>
    public void Dispose()
    {
        here?.Dispose();
        far.Dispose();
    }

    private IRepositoryService Remembering(EmbeddedRepository reader) => StateFolder is null ? reader : new ServedRepository(reader, StateFolder, quotas: [], expected: []);

    private IRepositoryService WhoOpens() => Here() is { } reader ? reader : far.IsSealed ? throw CannotOpen() : far;

    private RepositoryException CannotOpen() => new(ErrorCode.Denied, $"This server is sealed, it opens nothing that is stored; to open it here needs {whyNotHere}");

    // Once, and only where it is needed: it may ask for a passphrase.
    private EmbeddedRepository? Here()
    {
        if (here is not null || whyNotHere is not null || !far.IsSealed)
            return here;
        if (!far.Access.Capabilities.HasFlag(Capabilities.Objects) || !far.Access.CoversEverything)
            whyNotHere = "to be allowed objects, with every name";
        else if (findKey(far.Id) is not { } key)
            whyNotHere = $"the full key of repository {far.Id} (--key-file, STREAMBACK_KEY_FILE)";
        else
            Open(key);
        return here;
    }

    private void Open(KeyMaterial key)
    {
        HttpObjects.MakeRoom();
        var opened = EmbeddedRepository.Open(objects, key, notice);
        if (opened.OpensContent)
        {
            here = opened;
            return;
        }

        whyNotHere = "the full key; the one here only stores and lists";
        opened.Dispose();
    }
}
