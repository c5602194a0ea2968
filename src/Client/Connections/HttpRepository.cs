using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamBack.Client.Connections.Gets;
using StreamBack.Client.Connections.Puts;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>A repository behind HTTP (docs/design/wire-protocol.md).</summary>
/// <param name="connection">How requests get there; owned.</param>
/// <param name="retryFor">How long a put tries a lost connection again.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
/// <remarks>Threading: one operation at a time.</remarks>
internal sealed class HttpRepository(HttpConnection connection, TimeSpan retryFor, Action<string> notice) : IRepositoryService
{
    /// <summary>Bytes read at once of what is there already.</summary>
    private const int BlockLength = 256 << 10;

    // What the last list could not show: messages, which name what they are about.
    private readonly List<string> damage = [];
    private (RepositoryId Id, Access Access, bool Sealed, bool NeedsKey)? description;

    /// <inheritdoc/>
    public RepositoryId Id => (description ??= Describe()).Id;

    /// <inheritdoc/>
    public Access Access => (description ??= Describe()).Access;

    /// <summary>Whether the server opens nothing that is stored.</summary>
    public bool IsSealed => (description ??= Describe()).Sealed;

    /// <summary>Whether the server has no key, and must be sent a put key first.</summary>
    public bool NeedsKey => (description ??= Describe()).NeedsKey;

    /// <summary>Sends a request as it is.</summary>
    /// <returns>The answer, whatever it is.</returns>
    /// <exception cref="RepositoryException">The server cannot be reached.</exception>
    public Task<HttpResponseMessage> Forward(HttpRequestMessage request, CancellationToken cancellation) => connection.Forward(request, cancellation);

    /// <summary>Sends the server a put key, which it keeps for as long as this connection lasts.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if it is none of this repository.</exception>
    /// <remarks>A connection after a lost one is sent it again.</remarks>
    public void UseKey(byte[] putKeyFile)
    {
        SendKey(putKeyFile);
        connection.Rejoin = () =>
        {
            if (Describe().NeedsKey)
                SendKey(putKeyFile);
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotInfo> List(Action<RepositoryException> damaged)
    {
        using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, "snapshots"), CancellationToken.None);
        damage.Clear();
        return
        [
            .. ServerAnswer.Objects(response, ProtocolJson.Default.SnapshotInfo, error =>
            {
                damage.Add(error.Message);
                damaged(error);
            }, CancellationToken.None).Select(ServerAnswer.Check),
        ];
    }

    /// <inheritdoc/>
    /// <remarks>Of snapshots that <see cref="List"/> gave or spoke of.</remarks>
    public bool Holds(string id) => damage.Exists(message => message.Contains(id, StringComparison.Ordinal));

    /// <inheritdoc/>
    public SnapshotInfo Find(SnapshotSelector selector)
    {
        try
        {
            using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, Address(selector) + "/info"), CancellationToken.None);
            return ServerAnswer.Check(ServerAnswer.Read(response, ProtocolJson.Default.SnapshotInfo));
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Denied)
        {
            // Who may get and not list still finds what is got. An answer to HEAD has no words, so what is missing is said here.
            if (Access.Capabilities.HasFlag(Capabilities.List))
                throw;
            Access.Require(Capabilities.Get, selector.Name.ToString());
            using var response = connection.Send(new HttpRequestMessage(HttpMethod.Head, Address(selector)), CancellationToken.None);
            return SnapshotHeaders.Read(selector.Name, response);
        }
    }

    /// <inheritdoc/>
    public SnapshotInfo Put(PutRequest request, IStreamSource source, TransferProgress progress, CancellationToken cancellation)
    {
        var snapshot = new PutOverSession(connection, retryFor, notice).Run(request, source, Access, progress, cancellation);
        foreach (var line in snapshot.Notices ?? [])
            notice(line);
        return snapshot;
    }

    /// <inheritdoc/>
    public void Get(SnapshotInfo snapshot, Stream target, Stream? prefix, TransferProgress progress, CancellationToken cancellation)
    {
        using var arriving = new ArrivingStream(target, snapshot.Kind == SnapshotKinds.Tar);
        if (prefix is not null)
            Skip(prefix, arriving, cancellation);
        if (arriving.Position > snapshot.Length)
            throw new RepositoryException(ErrorCode.Usage, $"The target has {arriving.Position} bytes already, the stream {snapshot.Length}");
        try
        {
            if (arriving.Position < snapshot.Length || arriving.Position == 0)
                new SnapshotDownload(connection, Address(snapshot), snapshot.Length, arriving, notice).Run(progress, cancellation);
        }
        catch (UnreadableAnswerException)
        {
            arriving.Spoil();
            EnsureServerSees(snapshot, cancellation);
            throw;
        }
        catch (Exception error) when (arriving.Position > 0 && (error is RepositoryException or IOException or OperationCanceledException))
        {
            arriving.Spoil();
            throw;
        }

        if (arriving.Hash() is var actual && actual != snapshot.Sha256)
        {
            arriving.Spoil();
            EnsureServerSees(snapshot, cancellation);
            throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {snapshot.Id}: what came hashes to {actual}, the server says {snapshot.Sha256}");
        }

        arriving.Release();
    }

    /// <inheritdoc/>
    public void GetPart(SnapshotInfo snapshot, IReadOnlyList<byte[]> paths, Stream target, TransferProgress progress, CancellationToken cancellation) =>
        PartDownload.Run(connection, $"{Address(snapshot)}?{string.Join('&', paths.Select(PathOf))}", isTar: true, target, progress, notice, cancellation);

    /// <inheritdoc/>
    public void GetMember(SnapshotInfo snapshot, byte[] path, Stream target, TransferProgress progress, CancellationToken cancellation) =>
        PartDownload.Run(connection, $"{Address(snapshot)}/member?{PathOf(path)}", isTar: false, target, progress, notice, cancellation);

    /// <inheritdoc/>
    public IEnumerable<TreeChange> Diff(SnapshotInfo from, SnapshotInfo to, byte[] path, CancellationToken cancellation) =>
        ServerAnswer.Objects(connection, $"diff?from={from.Name}@{from.Id}&to={to.Name}@{to.Id}&{PathOf(path)}", ProtocolJson.Default.TreeChange, error => throw error, cancellation).Select(ServerAnswer.Check);

    /// <inheritdoc/>
    public IEnumerable<FoundMember> Search(SearchRequest request, Action<RepositoryException> damaged, CancellationToken cancellation) => ServerAnswer.Objects(
        connection, $"find?pattern={Uri.EscapeDataString(request.Pattern)}{(request.Name is { } name ? $"&name={Uri.EscapeDataString(name)}" : "")}", ProtocolJson.Default.FoundMember, damaged, cancellation).Select(ServerAnswer.Check);

    /// <inheritdoc/>
    public ISnapshotTree OpenTree(SnapshotInfo snapshot, CancellationToken cancellation) => new FarTree(connection, Address(snapshot) + "/catalog", cancellation);

    /// <inheritdoc/>
    public void Tag(SnapshotInfo snapshot, IReadOnlyList<string> add, IReadOnlyList<string> remove) =>
        Do(HttpMethod.Post, Address(snapshot) + "/tags", JsonSerializer.SerializeToUtf8Bytes(new TagChange(add, remove), WireJson.Default.TagChange));

    /// <inheritdoc/>
    public void Hold(SnapshotInfo snapshot, bool held) => Do(HttpMethod.Post, $"{Address(snapshot)}/{(held ? "hold" : "release")}");

    /// <inheritdoc/>
    /// <remarks>One after another: of some that a lost connection leaves undone, those before are removed.</remarks>
    public void Remove(IReadOnlyList<SnapshotInfo> snapshots)
    {
        if (snapshots.FirstOrDefault(snapshot => snapshot.Held) is { } held)
            throw new RepositoryException(ErrorCode.Denied, $"{held.ShortName} is held: streamback release lets it go; nothing was removed");
        foreach (var snapshot in snapshots)
            Do(HttpMethod.Delete, Address(snapshot));
    }

    /// <inheritdoc/>
    public IReadOnlyList<RemovedSnapshot> Removed(Action<RepositoryException> damaged) =>
        [.. ServerAnswer.Objects(connection, "removed", ProtocolJson.Default.RemovedSnapshot, damaged, CancellationToken.None).Select(ServerAnswer.Check)];

    /// <inheritdoc/>
    public IReadOnlyCollection<string> WereRemoved(IReadOnlyCollection<string> ids)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new RemovedIds([.. ids]), WireJson.Default.RemovedIds);
        using var message = new HttpRequestMessage(HttpMethod.Post, "removed") { Content = new ByteArrayContent(body) };
        using var response = connection.Send(message, CancellationToken.None);
        return [.. ServerAnswer.Read(response, WireJson.Default.RemovedIds).Ids.OfType<string>()];
    }

    /// <inheritdoc/>
    public void Undelete(RemovedSnapshot removed) =>
        Do(HttpMethod.Post, "undelete", JsonSerializer.SerializeToUtf8Bytes(new UndeleteOrder(removed.Id), WireJson.Default.UndeleteOrder));

    /// <inheritdoc/>
    public IReadOnlyList<RetentionDecision> Forget(ForgetRequest request)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(ForgetOrder.Of(request), WireJson.Default.ForgetOrder);
        using var message = new HttpRequestMessage(HttpMethod.Post, "forget") { Content = new ByteArrayContent(body) };
        using var response = connection.Send(message, CancellationToken.None);
        return [.. ServerAnswer.Objects(response, ProtocolJson.Default.RetentionDecision, error => throw error, CancellationToken.None).Select(ServerAnswer.Check)];
    }

    /// <inheritdoc/>
    public PruneReport Prune(bool dryRun, TransferProgress progress, CancellationToken cancellation) =>
        Run(dryRun ? "prune?dry-run=1" : "prune", ProtocolJson.Default.PruneReport, progress, cancellation);

    /// <inheritdoc/>
    public CheckReport Check(CheckRequest request, TransferProgress progress, CancellationToken cancellation)
    {
        var query = new List<string>();
        if (request.ReadData)
            query.Add(string.Create(CultureInfo.InvariantCulture, $"data={(request.Part < 1 ? 100 * request.Part : 1)}{(request.Part < 1 ? "%25" : "")}"));
        if (request.MaxTime is { } time)
            query.Add(string.Create(CultureInfo.InvariantCulture, $"max-seconds={Math.Ceiling(time.TotalSeconds):0}"));
        if (request.MaxBytes is { } bytes)
            query.Add(string.Create(CultureInfo.InvariantCulture, $"max-bytes={bytes}"));
        return Run(query.Count > 0 ? $"check?{string.Join('&', query)}" : "check", ProtocolJson.Default.CheckReport, progress, cancellation);
    }

    /// <inheritdoc/>
    public void Verify(SnapshotInfo snapshot, TransferProgress progress, CancellationToken cancellation) =>
        Run($"{Address(snapshot)}/verify", ProtocolJson.Default.SnapshotInfo, progress, cancellation);

    /// <inheritdoc/>
    public IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules) =>
        [.. ServerAnswer.Objects(connection, $"late?{string.Join('&', rules.Select(rule => $"{ExpectQuery.Name}={Uri.EscapeDataString(ExpectQuery.Write(rule))}"))}", ProtocolJson.Default.LateName, error => throw error, CancellationToken.None).Select(ServerAnswer.Check)];

    /// <inheritdoc/>
    public RepositoryStats Stats()
    {
        using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, "stats"), CancellationToken.None);
        return ServerAnswer.Read(response, ProtocolJson.Default.RepositoryStats);
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private void SendKey(byte[] putKeyFile) => Do(HttpMethod.Put, "session-key", putKeyFile);

    private void Do(HttpMethod method, string address, byte[]? body = null)
    {
        using var message = new HttpRequestMessage(method, address) { Content = new ByteArrayContent(body ?? []) };
        connection.Send(message, CancellationToken.None).Dispose();
    }

    // What takes its time tells how far it is, and in the end what it did.
    private T Run<T>(string address, JsonTypeInfo<T> type, TransferProgress progress, CancellationToken cancellation)
        where T : class
    {
        using var response = connection.Send(new HttpRequestMessage(HttpMethod.Post, address), cancellation);
        foreach (var line in ServerAnswer.Lines(response))
        {
            cancellation.ThrowIfCancellationRequested();
            var control = ServerAnswer.Parse(line.Span, WireJson.Default.ControlLine);
            if (control.Error is { } failure)
                throw failure.ToException();
            if (control.Bytes is not { } bytes)
                return ServerAnswer.Parse(line.Span, type);
            progress.Bytes = bytes;
        }

        throw new RepositoryException(ErrorCode.Failed, "The server's answer breaks off");
    }

    private static string PathOf(byte[] path) => $"path={PercentCode.Encode(path)}";

    private static string Address(SnapshotSelector selector) => $"snapshots/{selector.Name}@{selector.Which}";

    private static string Address(SnapshotInfo snapshot) => $"snapshots/{snapshot.Name}@{snapshot.Id}";

    private static void Skip(Stream prefix, ArrivingStream arriving, CancellationToken cancellation)
    {
        var blocks = RunningHash.Blocks(BlockLength);
        for (var turn = 0; prefix.Read(blocks[turn]) is > 0 and var read; turn = (turn + 1) % RunningHash.Ring)
        {
            cancellation.ThrowIfCancellationRequested();
            arriving.Skip(blocks[turn].AsMemory(0, read));
        }
    }

    // If it is not the way that spoiled the stream, the server finds it out by reading it once more: it breaks off, and says why when it
    // is asked again.
    private void EnsureServerSees(SnapshotInfo snapshot, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, Address(snapshot)), cancellation);
                using var body = response.Content.ReadAsStream(cancellation);
                body.CopyTo(Stream.Null);
                return;
            }
            catch (Exception error) when (error is IOException or HttpRequestException or ConnectionLostException)
            {
                // Asked again, or it is gone: what was found here is told either way.
            }
        }
    }

    private (RepositoryId Id, Access Access, bool Sealed, bool NeedsKey) Describe()
    {
        using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, "repository"), CancellationToken.None);
        var told = ServerAnswer.Read(response, WireJson.Default.RepositoryDescription);
        return RepositoryId.TryParse(told.Id, out var read)
            ? (read, new Access(CapabilityNames.Known(told.Capabilities), [.. told.Prefixes.OfType<string>()]), told.Sealed == true, told.NeedsKey == true)
            : throw new RepositoryException(ErrorCode.Failed, "The server does not say which repository it has");
    }
}
