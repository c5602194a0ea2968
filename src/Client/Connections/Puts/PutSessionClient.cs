using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections.Puts;

/// <summary>One put session of a server: its requests (docs/design/wire-protocol.md, 9).</summary>
/// <remarks>Threading: one request at a time.</remarks>
internal sealed class PutSessionClient : IDisposable
{
    private readonly HttpConnection connection;
    private readonly CancellationTokenSource stopping;

    private PutSessionClient(HttpConnection connection, SessionBegun begun, CancellationToken cancellation)
    {
        this.connection = connection;
        stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Begun = begun;
    }

    /// <summary>What the server told at the beginning.</summary>
    public SessionBegun Begun { get; }

    /// <summary>Begins one. It is begun by an id that is chosen here, so that one whose answer is lost is found when it is tried again.</summary>
    /// <param name="mode">One of <see cref="Wire.ChunksMode"/> and <see cref="Wire.StreamMode"/>.</param>
    /// <param name="retries">How often a lost connection, or a server without room, is tried again.</param>
    public static PutSessionClient Begin(HttpConnection connection, PutRequest request, string mode, Retries retries, CancellationToken cancellation)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Wire.SessionIdBytes));
        for (var again = false; ; again = true)
        {
            try
            {
                if (again)
                    connection.Rejoin?.Invoke();
                var session = Begin(connection, request, mode, id, cancellation);
                retries.Reset();
                return session;
            }
            catch (RepositoryException error) when (Retries.IsWorthIt(error))
            {
                retries.Pause(error);
            }
        }
    }

    private static PutSessionClient Begin(HttpConnection connection, PutRequest request, string mode, string id, CancellationToken cancellation)
    {
        var query = PutQuery.Of(request);
        using var message = new HttpRequestMessage(HttpMethod.Post, $"sessions?name={request.Name}&mode={mode}&id={id}{(query.Length > 0 ? $"&{query[1..]}" : "")}");
        using var response = connection.Send(message, cancellation);
        return new PutSessionClient(connection, ServerAnswer.Read(response, WireJson.Default.SessionBegun), cancellation);
    }

    /// <summary>Sends records.</summary>
    /// <param name="first">Number of the first batch that has not been asked for, or sent.</param>
    /// <param name="took">How long it took, the answer's way included.</param>
    /// <exception cref="ConnectionLostException">It is not known which of them arrived.</exception>
    public SessionState Send(IReadOnlyList<OutgoingRecord> records, long first, out TimeSpan took)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{Address}/records?first={first}") { Content = new RecordsContent(records, stopping.Token) };
        var begin = Stopwatch.GetTimestamp();
        using var response = connection.Send(message, stopping.Token);
        var state = Read(response);
        took = Stopwatch.GetElapsedTime(begin);
        return state;
    }

    /// <summary>Asks how far it is, after a lost connection; what was asked for and not sent is forgotten.</summary>
    public SessionState State()
    {
        connection.Rejoin?.Invoke();
        using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, Address), stopping.Token);
        return Read(response);
    }

    /// <summary>Ends the stream: the snapshot is made.</summary>
    /// <param name="batches">How many it has.</param>
    public SnapshotInfo Commit(SessionEnd end, long batches)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(end, WireJson.Default.SessionEnd);
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{Address}/commit?first={batches}") { Content = new ByteArrayContent(body) };
        using var response = connection.Send(message, stopping.Token);
        var snapshot = ServerAnswer.Read(response, ProtocolJson.Default.SnapshotInfo);
        return snapshot.Id.Length == 0 ? snapshot : ServerAnswer.Check(snapshot); // a dry run makes none
    }

    /// <summary>Ends the request that is on its way; nothing but <see cref="Abandon"/> may come after it.</summary>
    public void Stop() => stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose() => stopping.Dispose();

    /// <summary>Gives it up, as well as that goes: the server would forget it by itself.</summary>
    public void Abandon()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            connection.Send(new HttpRequestMessage(HttpMethod.Delete, Address), patience.Token).Dispose();
        }
        catch (Exception error) when (error is RepositoryException or OperationCanceledException or InvalidOperationException or IOException)
        {
            // What made the client give up is what is told.
        }
    }

    private static SessionState Read(HttpResponseMessage response) =>
        ServerAnswer.Read(response, WireJson.Default.SessionState) is var state && state.Durable >= 0 && state.Durable <= state.Batches
            ? state
            : throw new RepositoryException(ErrorCode.Failed, $"The server says that {state.Durable} batches are durable, of {state.Batches} that it has");

    private string Address => "sessions/" + Begun.Id;
}
