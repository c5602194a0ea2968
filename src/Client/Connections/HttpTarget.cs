using System.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Storage;

namespace StreamBack.Client.Connections;

/// <summary>A server to which another copy of its repository is sent (docs/design/wire-protocol.md, 11).</summary>
/// <param name="far">The server.</param>
/// <param name="connection">How requests get there.</param>
/// <param name="location">How users name it.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
/// <remarks>Threading: any number of threads; each waits for its own request, one after another over ssh.</remarks>
internal sealed class HttpTarget(HttpRepository far, HttpConnection connection, string location, Action<string> notice) : IObjectTarget
{
    private readonly HttpObjects objects = new(connection, location);

    /// <inheritdoc/>
    public string Location => location;

    /// <inheritdoc/>
    public bool IsKeyless => far.NeedsKey;

    /// <inheritdoc/>
    public byte[] ReadConfig() => objects.ReadConfig();

    /// <inheritdoc/>
    public IReadOnlyList<StoredObject> List(ObjectKind kind) => objects.List(kind);

    /// <inheritdoc/>
    public long? Length(ObjectKind kind, ObjectId id) => objects.Length(kind, id);

    /// <inheritdoc/>
    public void Read(ObjectKind kind, ObjectId id, long offset, Span<byte> destination) => objects.Read(kind, id, offset, destination);

    /// <inheritdoc/>
    public bool Put(ObjectKind kind, ObjectId id, long length, Stream body, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(HttpMethod.Put, Address(kind, id)) { Content = new StreamContent(body) };
        message.Content.Headers.ContentLength = length;
        message.Content.Headers.ContentType = new MediaTypeHeaderValue(Wire.RawType);
        message.Headers.ExpectContinue = true; // what is there already is not sent
        using var response = connection.Send(message, cancellation);
        return response.StatusCode == System.Net.HttpStatusCode.Created;
    }

    /// <inheritdoc/>
    public bool MayRemove => far.Access.Capabilities.HasFlag(Capabilities.Remove);

    /// <inheritdoc/>
    public void Remove(ObjectKind kind, ObjectId id) => connection.Send(new HttpRequestMessage(HttpMethod.Delete, Address(kind, id)), CancellationToken.None).Dispose();

    /// <inheritdoc/>
    public long Prune(CancellationToken cancellation)
    {
        if (far.Access.Capabilities.HasFlag(Capabilities.Maintain))
            return far.Prune(dryRun: false, new TransferProgress(), cancellation).FreedBytes;
        notice($"{location} frees room by its own schedule: here one may not maintain");
        return 0;
    }

    /// <inheritdoc/>
    /// <remarks>The server keeps it for some hours by itself.</remarks>
    public void Dispose()
    {
    }

    private static string Address(ObjectKind kind, ObjectId id) => $"objects/{kind.Name()}/{id}";
}
