using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Storage;

namespace StreamBack.Client.Connections;

/// <summary>A server's stored objects (docs/design/wire-protocol.md, 11). Nothing is kept on this side's disk.</summary>
/// <param name="connection">Not owned.</param>
/// <param name="location">How users name the server.</param>
/// <remarks>Threading: any number of threads; each waits for its own request.</remarks>
internal sealed class HttpObjects(HttpConnection connection, string location) : IObjectSource
{
    /// <summary>Over TCP: frames of 1 MiB, so that a fast link with 50 ms between question and answer is kept busy.</summary>
    public const int RequestsAtOnce = 8;

    /// <summary>Bytes of a config, which has some hundreds.</summary>
    private const int MaxConfig = 64 << 10;

    /// <inheritdoc/>
    public string Location => location;

    /// <summary>Lets as many threads wait for answers as there may be requests: the pool begins with one for each core.</summary>
    public static void MakeRoom()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, RequestsAtOnce + Environment.ProcessorCount), ports);
    }

    /// <inheritdoc/>
    public byte[] ReadConfig()
    {
        using var response = Send(HttpMethod.Get, $"objects/{ObjectKinds.Config}", range: null);
        var length = Length(response);
        if (length > MaxConfig)
            throw new RepositoryException(ErrorCode.Failed, $"The server's {ObjectKinds.Config} has {length} bytes, at most {MaxConfig} make sense");
        var bytes = new byte[length];
        Fill(response, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredObject> List(ObjectKind kind)
    {
        using var response = Send(HttpMethod.Get, $"objects/{kind.Name()}", range: null);
        var objects = new List<StoredObject>();
        foreach (var line in ServerAnswer.Lines(response))
        {
            if (ServerAnswer.Parse(line.Span, WireJson.Default.ControlLine) is { End: true })
                return objects;
            var told = ServerAnswer.Parse(line.Span, WireJson.Default.ObjectLine);
            objects.Add(ObjectId.TryParse(told.Id, out var id) && told.Length >= 0
                ? new StoredObject(id, told.Length)
                : throw new RepositoryException(ErrorCode.Failed, $"The server's list has an object '{told.Id}' of {told.Length} bytes"));
        }

        throw new RepositoryException(ErrorCode.Failed, "The server's list of objects breaks off");
    }

    /// <inheritdoc/>
    public long? Length(ObjectKind kind, ObjectId id)
    {
        try
        {
            using var response = Send(HttpMethod.Head, Address(kind, id), range: null);
            return Length(response);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Read(ObjectKind kind, ObjectId id, long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
            return;
        using var response = Send(HttpMethod.Get, Address(kind, id), new RangeHeaderValue(offset, offset + destination.Length - 1));
        if (response.StatusCode != HttpStatusCode.PartialContent || Length(response) != destination.Length)
            throw new RepositoryException(ErrorCode.Failed, $"The server gives {Length(response)} bytes of {kind.Name()}/{id}, not the {destination.Length} at {offset}");
        Fill(response, destination);
    }

    private static string Address(ObjectKind kind, ObjectId id) => $"objects/{kind.Name()}/{id}";

    private static long Length(HttpResponseMessage response) => response.Content.Headers.ContentLength
        ?? throw new RepositoryException(ErrorCode.Failed, string.Create(CultureInfo.InvariantCulture, $"The server does not say how long {response.RequestMessage?.RequestUri} is"));

    private static void Fill(HttpResponseMessage response, Span<byte> destination)
    {
        try
        {
            using var body = response.Content.ReadAsStream();
            body.ReadExactly(destination);

            // To its end, or the connection does not serve again.
            body.ReadByte();
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw HttpFailure.Lost(error);
        }
    }

    private HttpResponseMessage Send(HttpMethod method, string address, RangeHeaderValue? range)
    {
        var message = new HttpRequestMessage(method, address);
        message.Headers.Range = range;
        return connection.Send(message, CancellationToken.None);
    }
}
