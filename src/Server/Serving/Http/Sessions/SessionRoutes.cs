using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>Puts in several requests (docs/design/wire-protocol.md, 9).</summary>
internal sealed class SessionRoutes : IDisposable
{
    /// <summary>64 MiB of chunks, and the next question: less than a client is allowed to keep.</summary>
    private const long MaxBody = 80 << 20;

    private readonly ServerParts server;
    private readonly EmbeddedRepository repository;
    private readonly SessionTable table;

    /// <param name="server">What all requests work with; not disposed.</param>
    public SessionRoutes(ServerParts server)
    {
        this.server = server;
        repository = server.Repository;
        table = new SessionTable(
            new SessionFolder(Path.Combine(server.StateFolder, "sessions"), repository.EndSession, head => server.Lapsed(head.Name, head.Received)), Resume, server, TimeProvider.System);
    }

    /// <summary><c>POST /sessions?name=NAME&amp;mode=MODE</c></summary>
    public async Task Begin(ApiCall call)
    {
        var query = call.Context.Request.Query;
        call.Access.Require(Capabilities.Put);
        var name = SnapshotName.Parse(query["name"].ToString());
        var mode = query["mode"].ToString();
        var needed = mode switch
        {
            Wire.ChunksMode => Capabilities.Put | Capabilities.Get,
            Wire.StreamMode => Capabilities.Put,
            _ => throw new RepositoryException(ErrorCode.Usage, $"'mode' is {Wire.ChunksMode} or {Wire.StreamMode}, not '{mode}'"),
        };
        call.Access.Require(needed, name.ToString());
        var request = PutRoute.Read(name, query, call.Access);
        SnapshotTags.Check(request.Tags);
        if (request.DryRun && mode == Wire.ChunksMode)
            throw new RepositoryException(ErrorCode.Usage, $"A dry run is done in mode {Wire.StreamMode}");
        var asked = query["id"].Count > 0 ? query["id"].ToString() : null;
        var id = await table.Begin(asked, call, name.ToString(), path => Open(mode, path, request, call.Caller)).ConfigureAwait(false);
        call.Context.Response.StatusCode = StatusCodes.Status201Created;
        var begun = mode == Wire.ChunksMode ? new SessionBegun(id, repository.GearTable, repository.AverageChunk) : new SessionBegun(id, null, null);
        await call.Context.Response.WriteAsJsonAsync(begun, WireJson.Default.SessionBegun).ConfigureAwait(false);
    }

    /// <summary><c>POST /sessions/ID/records</c></summary>
    public async Task Take(ApiCall call, string id)
    {
        if (call.Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBody;
        var first = First(call);
        var state = await table.Use(id, call, (put, aborted) =>
        {
            EnsureNext(put, first);
            var body = new TimedSource(call.Body(aborted));
            var reader = new RecordReader(body);
            var missing = new BitList();
            while (reader.TryRead(out var record))
                put.Take(record, missing);
            return StateOf(put, missing.ToBytes()) with { Waited = (long)body.Waited.TotalMicroseconds };
        }).ConfigureAwait(false);
        await call.Context.Response.WriteAsJsonAsync(state, WireJson.Default.SessionState).ConfigureAwait(false);
    }

    /// <summary><c>GET /sessions/ID</c></summary>
    public async Task Tell(ApiCall call, string id)
    {
        var state = await table.Use(id, call, (put, _) =>
        {
            put.Rewind();
            return StateOf(put, null);
        }).ConfigureAwait(false);
        await call.Context.Response.WriteAsJsonAsync(state, WireJson.Default.SessionState).ConfigureAwait(false);
    }

    /// <summary><c>POST /sessions/ID/commit</c></summary>
    public async Task Commit(ApiCall call, string id)
    {
        var end = await RequestJson.Read(call, WireJson.Default.SessionEnd).ConfigureAwait(false);
        var first = First(call);
        var (snapshot, notices) = await table.Use(id, call, (put, _) =>
        {
            EnsureNext(put, first);
            var made = repository.Told(put.Commit(end));
            table.Committed(id, made);
            return (made, put.Notices);
        }).ConfigureAwait(false);
        await PutRoute.Answer(call, snapshot, notices).ConfigureAwait(false);
    }

    /// <summary><c>DELETE /sessions/ID</c></summary>
    public async Task Abandon(ApiCall call, string id)
    {
        await table.End(id, call).ConfigureAwait(false);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Lets puts go that nobody is at: whoever began them goes on with another server, where that can be.</summary>
    public void LetGo() => table.LetGo();

    /// <inheritdoc/>
    public void Dispose() => table.Dispose();

    private static SessionState StateOf(IRemotePut put, byte[]? missing) =>
        new(put.Batches, put.Durable, missing, put is CommittedPut ? true : null);

    private static long First(ApiCall call) =>
        long.TryParse(call.Context.Request.Query["first"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            ? first
            : throw new RepositoryException(ErrorCode.Usage, "'first' is the number of the batch that comes next");

    // After a restart some of what the client sent is not here: it has to ask first.
    private static void EnsureNext(IRemotePut put, long first)
    {
        if (put is not (CommittedPut or FailedPut) && put.Next != first)
            throw new SessionMovedException($"The put is at batch {put.Next}, and is sent batch {first}: ask how far it is");
    }

    private IRemotePut Open(string mode, string path, PutRequest request, Caller caller)
    {
        if (mode == Wire.StreamMode)
            return new StreamPut(caller.Name, repository, request, request.DryRun ? null : server.Quota.Begin(request.Name, caller.Quota), server.Limits.Patience);
        var head = new JournalHead(caller.Name, request.Name.ToString(), request.Tags, request.Time, FormatTime.Now(), request.AllowTruncated, request.AllowEmpty);
        var journal = SessionJournal.Create(path, head);
        try
        {
            return OpenChunks(journal, caller);
        }
        catch
        {
            journal.Delete();
            repository.EndSession(journal.Id);
            throw;
        }
    }

    private IRemotePut Resume(string path, Caller caller)
    {
        var put = OpenChunks(OpenJournal(path), caller);
        if (put.Committed is not { } snapshot)
            return put;
        using (put)
            return new CommittedPut(put, repository.Told(snapshot));
    }

    // One that this build cannot read is of no use to anybody: the put begins anew.
    private static SessionJournal OpenJournal(string path)
    {
        try
        {
            return SessionJournal.Open(path);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            SessionJournal.Delete(path);
            throw;
        }
    }

    private ChunkPut OpenChunks(SessionJournal journal, Caller caller)
    {
        var notices = new ConcurrentQueue<string>();
        var session = repository.Telling(notices.Enqueue).OpenChunks(journal, caller.Access);
        try
        {
            var share = server.Quota.Begin(SnapshotName.Parse(session.Name), caller.Quota);
            try
            {
                share.Expect(session.Taken);
                return new ChunkPut(session, caller.Access, share, notices);
            }
            catch
            {
                share.Dispose();
                throw;
            }
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
