using System.Collections.Concurrent;
using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Metrics;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>The put sessions that are open here, and those that can be gone on with, since a journal of theirs is in the state folder.</summary>
/// <remarks>Threading: any. Of a session one request at a time works: a new one ends the one before, whose connection is lost.</remarks>
internal sealed class SessionTable : IDisposable
{
    /// <summary>Bytes of an id: nobody guesses them.</summary>
    private const int IdBytes = 16;

    private const string JournalSuffix = ".put";

    /// <summary>How long one rests as a journal: a weekend's outage is gone on with.</summary>
    private static readonly TimeSpan RestOnDisk = TimeSpan.FromDays(3);

    /// <summary>How often it is looked for what has rested too long.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Entry> entries = new();
    private readonly string folder;
    private readonly Func<string, Caller, IRemotePut> resume;
    private readonly ServeLimits limits;
    private readonly StreamGate gate;
    private readonly StreamCounts counts;
    private readonly TimeProvider time;
    private readonly ITimer sweeping;

    /// <param name="folder">Where journals are; made when it is needed.</param>
    /// <param name="resume">Opens a put by its journal.</param>
    /// <param name="server">Says how many puts may run, how long they may rest and take; counts them.</param>
    /// <param name="time">The clock.</param>
    public SessionTable(string folder, Func<string, Caller, IRemotePut> resume, ServerParts server, TimeProvider time)
    {
        limits = server.Limits;
        gate = server.Gate;
        counts = server.Metrics.Streams;
        this.folder = folder;
        this.resume = resume;
        this.time = time;
        sweeping = time.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
    }

    /// <summary>Begins a session, when its turn comes.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="open">Opens the put, given the path of its journal.</param>
    /// <returns>Its id: 32 hex digits.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/> if there is no turn to be had.</exception>
    public async Task<string> Begin(ApiCall call, Func<string, IRemotePut> open)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var entry = new Entry { Begun = time.GetUtcNow(), LastUse = time.GetUtcNow() };
        await TakeTurn(entry, call).ConfigureAwait(false);
        try
        {
            await ApiCall.Block(() => IoErrors.Wrap(() =>
            {
                DurableFile.CreateFolder(folder);
                return entry.Put = open(JournalPath(id));
            })).ConfigureAwait(false);
        }
        catch
        {
            Ended(entry, StreamCounts.Gone);
            throw;
        }

        entries[id] = entry;
        return id;
    }

    /// <summary>Works on a session; ends the request that was at it.</summary>
    /// <param name="id">What the client says it is.</param>
    /// <param name="call">Who asks.</param>
    /// <param name="work">Gets the put, and what tells that another request came for it.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/> for everybody but its owner.</exception>
    public async Task<T> Use<T>(string id, ApiCall call, Func<IRemotePut, CancellationToken, T> work)
    {
        if (id.Length != 2 * IdBytes || !id.All(char.IsAsciiHexDigitLower) || !(entries.ContainsKey(id) || File.Exists(JournalPath(id))))
            throw Unknown();
        var entry = entries.GetOrAdd(id, _ => new Entry { Begun = time.GetUtcNow() });
        using var running = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted);
        entry.Begin(running);
        try
        {
            await entry.Gate.WaitAsync(running.Token).ConfigureAwait(false);
        }
        catch
        {
            entry.End(running, time.GetUtcNow());
            throw;
        }

        try
        {
            if (entry.Put is null)
                await TakeTurn(entry, call).ConfigureAwait(false);
            return await ApiCall.Block(() => Work(id, entry, call.Caller, put => work(put, running.Token))).ConfigureAwait(false);
        }
        finally
        {
            if (entry.Put is null)
                Forget(id, entry, StreamCounts.Gone);
            entry.End(running, time.GetUtcNow());
            entry.Gate.Release();
        }
    }

    /// <summary>Ends a session that became a snapshot: what it held is let go, its answer stays for a while.</summary>
    public void Committed(string id, SnapshotInfo snapshot)
    {
        if (!entries.TryGetValue(id, out var entry) || entry.Put is null or CommittedPut)
            return;
        var put = entry.Put;
        entry.Put = new CommittedPut(put, snapshot);
        put.Dispose();
        Ended(entry, StreamCounts.Done);
    }

    /// <summary>Ends a session for good.</summary>
    public void End(string id)
    {
        if (entries.TryGetValue(id, out var entry))
            Drop(id, entry, StreamCounts.Gone, forGood: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        sweeping.Dispose();
        foreach (var (id, entry) in entries)
            Drop(id, entry, StreamCounts.Gone, forGood: false);
    }

    private static RepositoryException Unknown() => new(ErrorCode.NotFound, "There is no such put session");

    private T Work<T>(string id, Entry entry, Caller caller, Func<IRemotePut, T> work)
    {
        var put = Open(id, entry, caller);
        try
        {
            if (time.GetUtcNow() - entry.Begun > limits.SessionAge && put is not CommittedPut)
                throw new RepositoryException(ErrorCode.Usage, $"The put takes longer than {limits.SessionAge}, as long as this server lets it; nothing was kept");
            return IoErrors.Wrap(() => work(put));
        }
        catch (RepositoryException error) when (error.Code != ErrorCode.Incomplete && error is not SessionMovedException)
        {
            Drop(id, entry, error.Code.Name(), forGood: error.Code == ErrorCode.Usage);
            throw;
        }
    }

    private IRemotePut Open(string id, Entry entry, Caller caller)
    {
        entry.Put ??= resume(JournalPath(id), caller);
        if (entry.Put.Owner != caller.Name)
            throw Unknown();
        caller.Access.Require(entry.Put.Needs, entry.Put.Name);
        return entry.Put;
    }

    // Whatever broke it, its journal may still be good; where the client is wrong, it is not worth going on with.
    private void Drop(string id, Entry entry, string outcome, bool forGood)
    {
        var put = entry.Put;
        entry.Put = null;
        Forget(id, entry, outcome);
        if (forGood)
            put?.Abandon();
        put?.Dispose();
    }

    private void Forget(string id, Entry entry, string outcome)
    {
        entries.TryRemove(new(id, entry));
        Ended(entry, outcome);
    }

    private async Task TakeTurn(Entry entry, ApiCall call)
    {
        entry.Turn = await gate.Enter(call.Caller.Name, call.Aborted).ConfigureAwait(false);
        counts.Began(StreamKind.Put);
    }

    private void Ended(Entry entry, string outcome)
    {
        if (Interlocked.Exchange(ref entry.Turn, null) is not { } turn)
            return;
        turn.Dispose();
        counts.Ended(StreamKind.Put, outcome);
    }

    private void Sweep()
    {
        var now = time.GetUtcNow();
        foreach (var (id, entry) in entries)
        {
            if (now - entry.LastUse < limits.Patience || !entry.Gate.Wait(0))
                continue;
            Drop(id, entry, StreamCounts.Gone, forGood: false);
            entry.Gate.Release();
        }

        if (!Directory.Exists(folder))
            return;
        foreach (var path in Directory.EnumerateFiles(folder, "*" + JournalSuffix + "*"))
        {
            if (now - File.GetLastWriteTimeUtc(path) > RestOnDisk && !entries.ContainsKey(Path.GetFileName(path).Split('.')[0]))
                File.Delete(path);
        }
    }

    private string JournalPath(string id) => Path.Combine(folder, id + JournalSuffix);

    private sealed class Entry
    {
        /// <summary>Its turn among the streams that run; given back once. Null when it does not run.</summary>
        public IDisposable? Turn;

        private CancellationTokenSource? running;

        /// <summary>Held by the request that works on it.</summary>
        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>Null until it is gone on with.</summary>
        public IRemotePut? Put { get; set; }

        /// <summary>When it was begun, or gone on with.</summary>
        public DateTimeOffset Begun { get; init; }

        /// <summary>When a request for it ended.</summary>
        public DateTimeOffset LastUse { get; set; }

        /// <summary>A request comes: the one before is ended.</summary>
        public void Begin(CancellationTokenSource request)
        {
            lock (Gate)
            {
                running?.Cancel();
                running = request;
            }
        }

        /// <summary>A request ends.</summary>
        public void End(CancellationTokenSource request, DateTimeOffset now)
        {
            lock (Gate)
            {
                LastUse = now;
                if (running == request)
                    running = null;
            }
        }
    }
}
