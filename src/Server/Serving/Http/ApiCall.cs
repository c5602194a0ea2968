using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>One request: who asks, for what, of which repository.</summary>
/// <param name="Context">The request and its answer.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="Repository">The repository, which adds to <paramref name="Notices"/>.</param>
/// <param name="Notices">What a user should know: a line each.</param>
/// <param name="Server">What all requests work with.</param>
/// <param name="Flow">Counts and slows the bodies.</param>
internal sealed record ApiCall(
    HttpContext Context, Caller Caller, EmbeddedRepository Repository, List<string> Notices, ServerParts Server, BodyFlow Flow)
{
    /// <summary>What the caller may do.</summary>
    public Access Access => Caller.Access;

    /// <summary>Fires when whoever asked is gone.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>The request's body as a stream.</summary>
    /// <param name="ended">Ends it.</param>
    public RequestBodySource Body(CancellationToken ended) => new(Context, Flow, ended);

    /// <summary>Does work that blocks, on a thread of its own: puts and gets are long, and must not starve the others.</summary>
    public static Task<T> Block<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The repository as the caller may use it.</summary>
    public LimitedRepository Limited() => new(Served(), Access);

    /// <summary>The repository with what the server remembers of it.</summary>
    public ServedRepository Served() => Server.Served(Repository.For(Caller.Name));

    /// <summary>A snapshot's facts, as much of them as the caller may know.</summary>
    public SnapshotInfo Shown(SnapshotInfo snapshot) => Access.Shown(snapshot);

    /// <summary>Begins an answer of JSON objects, one a line.</summary>
    public void BeginLines() => Context.Response.ContentType = Wire.LinesType;

    /// <summary>Fires when whoever asked is gone, or stands still for too long from now on.</summary>
    public CancellationTokenSource Waiting()
    {
        var waiting = CancellationTokenSource.CreateLinkedTokenSource(Aborted);
        waiting.CancelAfter(Flow.Patience);
        return waiting;
    }

    /// <summary>Sends bytes at the connection's rate, and holds no thread meanwhile.</summary>
    /// <exception cref="OperationCanceledException">Whoever asked is gone, or reads nothing for too long.</exception>
    public async Task Write(ReadOnlyMemory<byte> bytes)
    {
        using (var waiting = Waiting())
            await Context.Response.Body.WriteAsync(bytes, waiting.Token).ConfigureAwait(false);
        await Flow.SentAsync(bytes.Length, Aborted).ConfigureAwait(false);
    }

    /// <summary>Adds a line to the answer.</summary>
    public async Task WriteLine<T>(T value, JsonTypeInfo<T> type)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];
        await Write(line).ConfigureAwait(false);
    }
}
