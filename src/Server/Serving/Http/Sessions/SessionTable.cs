using System.Collections.Concurrent;
using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Metrics;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>The put sessions that are open here, and those that can be gone on with, since a journal of theirs is in the state folder.</summary>
/// <remarks>
/// Threading: any. Of a session one request at a time works: a new one ends the one before, whose connection is lost. Whoever changes an
/// entry holds its gate, and looks whether it is still in the table.
/// </remarks>
internal sealed class SessionTable : IDisposable
{
    /// <summary>How often it is looked for what has rested too long, at the least.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    /// <summary>How long requests may take to leave once they were cut.</summary>
    private static readonly TimeSpan LeaveWithin = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, SessionEntry> entries = new();
    private readonly SessionFolder folder;
    private readonly Func<string, Caller, IRemotePut> resume;
    private readonly ServerParts server;
    private readonly TimeProvider time;
    private readonly ITimer sweeping;

    /// <param name="folder">Where journals are.</param>
    /// <param name="resume">Opens a put by its journal.</param>
    /// <param name="server">Says how many puts may run, how long they may rest and take; counts them.</param>
    /// <param name="time">The clock.</param>
    public SessionTable(SessionFolder folder, Func<string, Caller, IRemotePut> resume, ServerParts server, TimeProvider time)
    {
        this.folder = folder;
        this.resume = resume;
        this.server = server;
        this.time = time;
        var every = server.Limits.Patience / 2 < SweepEvery ? server.Limits.Patience / 2 : SweepEvery;
        sweeping = time.CreateTimer(_ => Sweep(), null, every, every);
    }

    /// <summary>Begins a session, when its turn comes; one that is there is gone on with, since only the answer may have been lost.</summary>
    /// <param name="asked">The id that the client chose; null for one that it is told.</param>
    /// <param name="call">Who asks.</param>
    /// <param name="name">The name that the snapshot gets.</param>
    /// <param name="open">Opens the put, given the path of its journal.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Busy"/> if there is no turn to be had; <see cref="ErrorCode.Usage"/> if the id is none, or of another put.
    /// </exception>
    public async Task<string> Begin(string? asked, ApiCall call, string name, Func<string, IRemotePut> open)
    {
        var id = asked ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Wire.SessionIdBytes));
        if (!IsId(id))
            throw new RepositoryException(ErrorCode.Usage, $"A session's id is {2 * Wire.SessionIdBytes} lower-case hex digits");
        var begun = await Enter(id, call, begins: true, (entry, _) =>
        {
            if (entry.Put is null && folder.Head(id) is null)
            {
                return IoErrors.Wrap(() =>
                {
                    folder.EnsureRoom();
                    entry.Put = open(folder.PathOf(id));
                    return entry.Put.Name;
                });
            }

            return Work(id, entry, call.Caller, put => put.Name);
        }).ConfigureAwait(false);
        return begun == name ? id : throw new RepositoryException(ErrorCode.Usage, $"The session of this id is a put of '{begun}'");
    }

    /// <summary>Works on a session; ends the request that was at it.</summary>
    /// <param name="id">What the client says it is.</param>
    /// <param name="call">Who asks.</param>
    /// <param name="work">Gets the put, and what tells that another request came for it.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/> for everybody but its owner.</exception>
    public Task<T> Use<T>(string id, ApiCall call, Func<IRemotePut, CancellationToken, T> work) =>
        Enter(id, call, begins: false, (entry, running) => Work(id, entry, call.Caller, put => work(put, running)));

    /// <summary>Ends a session that became a snapshot: what it held is let go, its answer stays for a while. Called by who works on it.</summary>
    public void Committed(string id, SnapshotInfo snapshot)
    {
        if (!entries.TryGetValue(id, out var entry) || entry.Put is not { } put || put is CommittedPut)
            return;
        entry.Put = new CommittedPut(put, snapshot);
        put.Dispose();
        server.Metrics.Stored(snapshot.StoredBytes ?? 0);
        if (!IsDryRun(put))
            server.FailedPuts.Forget(put.Name);
        Ended(entry, StreamCounts.Done);
    }

    /// <summary>Ends a session for good.</summary>
    public async Task End(string id, ApiCall call)
    {
        var entry = Find(id, call.Caller);
        using var running = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted);
        using var held = await entry.Enter(running, time).ConfigureAwait(false);
        if (entry.Put is { } put)
            call.Access.Require(put.Needs, put.Name);
        else if (folder.Head(id) is { } head)
            call.Access.Require(ChunkPut.Rights, head.Name);
        Lost(entry.Put);
        await ApiCall.Block(() => IoErrors.Wrap(() =>
        {
            Drop(id, entry, StreamCounts.Gone, forGood: true);
            folder.Delete(id);
            return true;
        })).ConfigureAwait(false);
    }

    /// <summary>Lets puts go that no request is at: they go on elsewhere, as far as their journal reaches.</summary>
    public void LetGo()
    {
        foreach (var (id, entry) in entries)
            TryDrop(id, entry, server.AtRest);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        sweeping.Dispose();
        var until = time.GetUtcNow() + LeaveWithin;
        foreach (var (id, entry) in entries)
        {
            // One whose request does not leave is left to the end of the process: nothing may be taken from under its feet.
            var left = until - time.GetUtcNow();
            if (!entry.Gate.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero))
                continue;
            Drop(id, entry, StreamCounts.Gone, forGood: false);
            entry.Gate.Release();
        }
    }

    private static RepositoryException Unknown() => new(ErrorCode.NotFound, "There is no such put session");

    private static bool IsDryRun(IRemotePut put) => put is StreamPut { IsDryRun: true };

    private static bool IsId(string id) => id.Length == 2 * Wire.SessionIdBytes && id.All(char.IsAsciiHexDigitLower);

    private bool Holds(string id, SessionEntry entry) => entries.TryGetValue(id, out var now) && now == entry;

    private async Task<T> Enter<T>(string id, ApiCall call, bool begins, Func<SessionEntry, CancellationToken, T> work)
    {
        while (true)
        {
            var entry = Find(id, call.Caller, begins);
            using var running = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted);
            using var held = await entry.Enter(running, time).ConfigureAwait(false);
            if (!Holds(id, entry))
                continue; // it was dropped while this request waited
            try
            {
                if (entry.Put is null)
                    await TakeTurn(entry, call, running.Token).ConfigureAwait(false);
                return await ApiCall.Block(() => work(entry, running.Token)).ConfigureAwait(false);
            }
            finally
            {
                if (entry.Put is null)
                    Drop(id, entry, StreamCounts.Gone, forGood: false);
            }
        }
    }

    // Whose it is comes first: to everybody else it is not there.
    private SessionEntry Find(string id, Caller caller, bool begins = false)
    {
        if (!IsId(id))
            throw Unknown();
        if (!entries.TryGetValue(id, out var entry) && (folder.Head(id)?.Owner ?? (begins ? caller.Name : null)) is { } owner && owner == caller.Name)
            entry = entries.GetOrAdd(id, _ => new SessionEntry(owner, time.GetUtcNow()));
        return entry?.Owner == caller.Name ? entry : throw Unknown();
    }

    private T Work<T>(string id, SessionEntry entry, Caller caller, Func<IRemotePut, T> work)
    {
        try
        {
            entry.Put ??= IoErrors.Wrap(() => resume(folder.PathOf(id), caller));
        }
        catch (RepositoryException error)
        {
            Fail(id, entry, error);
            throw;
        }

        caller.Access.Require(entry.Put.Needs, entry.Put.Name);
        entry.Put.Heed(caller.Access);
        try
        {
            if (time.GetUtcNow() - entry.Put.Began > server.Limits.SessionAge && entry.Put is not CommittedPut)
                throw new RepositoryException(ErrorCode.Usage, $"The put takes longer than {server.Limits.SessionAge}, as long as this server lets it; nothing was kept");
            return IoErrors.Wrap(() => work(entry.Put));
        }
        catch (SessionMovedException)
        {
            throw;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Incomplete && entry.Put is not StreamPut { HasFailed: true })
        {
            throw; // the body broke off, and what came before counts
        }
        catch (RepositoryException error)
        {
            Fail(id, entry, error);
            throw;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Drop(id, entry, ErrorCode.Failed.Name(), forGood: false);
            throw;
        }
    }

    // Nobody goes on with it.
    private void Lost(IRemotePut? put)
    {
        if (put is not (null or PastPut) && !IsDryRun(put))
            server.Lapsed(put.Name, put.Began);
    }

    // Where nothing can mend it, the client is told the same again: it may still have been sending. Otherwise the journal may be good.
    private void Fail(string id, SessionEntry entry, RepositoryException error)
    {
        if (entry.Put is { } failed and not PastPut && !IsDryRun(failed))
            server.FailedPuts.Add(failed.Name, error);
        var forGood = error.Code is ErrorCode.Usage or ErrorCode.Full or ErrorCode.Incomplete;
        if (!forGood || entry.Put is not { } put)
        {
            Drop(id, entry, error.Code.Name(), forGood: false);
            return;
        }

        if (put is FailedPut)
            return;
        entry.Put = new FailedPut(put, error);
        put.Abandon();
        put.Dispose();
        Ended(entry, error.Code.Name());
    }

    private void Drop(string id, SessionEntry entry, string outcome, bool forGood)
    {
        var put = entry.Put;
        entry.Put = null;
        entries.TryRemove(new(id, entry));
        try
        {
            if (forGood)
                put?.Abandon();
            put?.Dispose();
        }
        finally
        {
            Ended(entry, outcome);
        }
    }

    private bool TryDrop(string id, SessionEntry entry, TimeSpan rest)
    {
        if (time.GetUtcNow() - entry.LastUse < rest || !entry.Gate.Wait(0))
            return false;
        try
        {
            if (entry.Put is StreamPut gone)
                Lost(gone);
            Drop(id, entry, StreamCounts.Gone, forGood: false);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or RepositoryException)
        {
            return false; // it is out of the table; what it left is swept by the next put
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    private async Task TakeTurn(SessionEntry entry, ApiCall call, CancellationToken cancellation)
    {
        entry.Turn = await server.Gate.Enter(call.Caller.Name, cancellation).ConfigureAwait(false);
        server.Metrics.Streams.Began(StreamKind.Put);
    }

    private void Ended(SessionEntry entry, string outcome)
    {
        if (Interlocked.Exchange(ref entry.Turn, null) is not { } turn)
            return;
        turn.Dispose();
        server.Metrics.Streams.Ended(StreamKind.Put, outcome);
    }

    private void Sweep()
    {
        foreach (var (id, entry) in entries)
            TryDrop(id, entry, server.Limits.Patience);
        folder.Sweep(time.GetUtcNow(), entries.ContainsKey);
    }
}
