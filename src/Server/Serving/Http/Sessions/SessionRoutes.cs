using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Sessions;

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
            Path.Combine(server.StateFolder, "sessions"), (path, caller) => OpenChunks(SessionJournal.Open(path), caller), server, TimeProvider.System);
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
        if (request.DryRun && mode == Wire.ChunksMode)
            throw new RepositoryException(ErrorCode.Usage, $"A dry run is done in mode {Wire.StreamMode}");
        var id = await table.Begin(call, path => Open(mode, path, request, call.Caller)).ConfigureAwait(false);
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
            var reader = new RecordReader(call.Body(aborted));
            var missing = new BitList();
            while (reader.TryRead(out var record))
                put.Take(record, missing);
            return new SessionState(put.Batches, put.Durable, missing.ToBytes());
        }).ConfigureAwait(false);
        await call.Context.Response.WriteAsJsonAsync(state, WireJson.Default.SessionState).ConfigureAwait(false);
    }

    /// <summary><c>GET /sessions/ID</c></summary>
    public async Task Tell(ApiCall call, string id)
    {
        var state = await table.Use(id, call, (put, _) =>
        {
            put.Rewind();
            return new SessionState(put.Batches, put.Durable, null);
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
        server.Metrics.Stored(snapshot.StoredBytes ?? 0);
        await PutRoute.Answer(call, snapshot, notices).ConfigureAwait(false);
    }

    /// <summary><c>DELETE /sessions/ID</c></summary>
    public async Task Abandon(ApiCall call, string id)
    {
        await table.Use(id, call, (_, _) =>
        {
            table.End(id);
            return true;
        }).ConfigureAwait(false);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <inheritdoc/>
    public void Dispose() => table.Dispose();

    private static long First(ApiCall call) =>
        long.TryParse(call.Context.Request.Query["first"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            ? first
            : throw new RepositoryException(ErrorCode.Usage, "'first' is the number of the batch that comes next");

    // After a restart some of what the client sent is not here: it has to ask first.
    private static void EnsureNext(IRemotePut put, long first)
    {
        if (put is not CommittedPut && put.Next != first)
            throw new SessionMovedException($"The put is at batch {put.Next}, and is sent batch {first}: ask how far it is");
    }

    private IRemotePut Open(string mode, string path, PutRequest request, Caller caller)
    {
        if (mode == Wire.StreamMode)
            return new StreamPut(caller.Name, repository, request, request.DryRun ? null : server.Quota.Begin(request.Name, caller.Quota), server.Limits.Patience);
        var head = new JournalHead(caller.Name, request.Name.ToString(), request.Tags, request.Time, DateTime.UtcNow, request.AllowTruncated, request.AllowEmpty);
        return OpenChunks(SessionJournal.Create(path, head), caller);
    }

    private ChunkPut OpenChunks(SessionJournal journal, Caller caller)
    {
        var notices = new ConcurrentQueue<string>();
        var session = repository.Telling(notices.Enqueue).OpenChunks(journal, caller.Access);
        try
        {
            return new ChunkPut(session, server.Quota.Begin(SnapshotName.Parse(session.Name), caller.Quota), notices);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
