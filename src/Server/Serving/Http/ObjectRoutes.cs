using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http;

/// <summary>Stored objects as they are (docs/design/wire-protocol.md): only with the whole repository, and never keys.</summary>
internal static class ObjectRoutes
{
    /// <summary>Read from the disk and sent at once.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary><c>GET</c> and <c>HEAD /objects/KIND</c>: a list, or the config.</summary>
    public static async Task List(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Objects);
        if (Part(call, "kind") == ObjectKinds.Config)
        {
            using var config = new BytesFile(call.Repository.Objects.Config());
            await Send(call, config, new ObjectId(SHA256.HashData(config.Bytes))).ConfigureAwait(false);
            return;
        }

        var kind = Kind(call);
        var objects = await ApiCall.Block(() => call.Repository.Objects.List(kind)).ConfigureAwait(false);
        call.BeginLines();
        if (HttpMethods.IsHead(call.Context.Request.Method))
            return;
        foreach (var stored in objects)
            await call.WriteLine(new ObjectLine(stored.Id.ToString(), stored.Length), WireJson.Default.ObjectLine).ConfigureAwait(false);
        await call.WriteLine(new ControlLine(End: true), WireJson.Default.ControlLine).ConfigureAwait(false);
    }

    /// <summary><c>GET</c> and <c>HEAD /objects/KIND/ID</c></summary>
    public static async Task Get(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.Objects);
        var (kind, id) = (Kind(call), Id(call));
        using var file = call.Repository.Objects.Open(kind, id);
        await Send(call, file, id).ConfigureAwait(false);
    }

    /// <summary><c>PUT /objects/KIND/ID</c></summary>
    public static async Task Put(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.ObjectsPut);
        var (kind, id) = (Kind(call), Id(call));
        var taken = await ApiCall.Block(() => call.Repository.Objects.Put(kind, id, call.Body(call.Aborted), call.Aborted)).ConfigureAwait(false);
        call.Context.Response.StatusCode = taken ? StatusCodes.Status201Created : StatusCodes.Status200OK;
    }

    private static async Task Send(ApiCall call, IStoredFile file, ObjectId id)
    {
        var (asked, response) = (call.Context.Request.GetTypedHeaders(), call.Context.Response);
        var tag = new EntityTagHeaderValue($"\"{id}\"");
        response.GetTypedHeaders().ETag = tag;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.XContentTypeOptions = "nosniff";
        response.ContentType = Wire.RawType;
        if (Conditions.Status(asked, tag) is { } status)
        {
            response.StatusCode = status;
            return;
        }

        var range = ByteRange.Read(asked, tag, file.Length, out var satisfiable);
        if (!satisfiable)
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(file.Length);
            return;
        }

        var part = range ?? new ByteRange(0, file.Length);
        response.ContentLength = part.Length;
        if (range is not null)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(part.From, part.From + part.Length - 1, file.Length);
        }

        if (!HttpMethods.IsHead(call.Context.Request.Method))
            await Copy(call, file, part).ConfigureAwait(false);
    }

    // Bytes of the disk, nothing to compute: no thread of its own, since an opening reader asks for many small parts.
    private static async Task Copy(ApiCall call, IStoredFile file, ByteRange part)
    {
        var block = new byte[Math.Min(part.Length, BlockLength)];
        for (var done = 0L; done < part.Length;)
        {
            var length = (int)Math.Min(block.Length, part.Length - done);
            if (!file.TryRead(part.From + done, block.AsSpan(0, length)))
                throw new RepositoryException(ErrorCode.Corrupt, $"{call.Context.Request.Path} ends at {file.Length}");
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted);
            patience.CancelAfter(call.Server.Limits.Patience);
            await call.Context.Response.Body.WriteAsync(block.AsMemory(0, length), patience.Token).ConfigureAwait(false);
            call.Flow.Sent(length, call.Aborted);
            done += length;
        }
    }

    private static ObjectKind Kind(ApiCall call) => ObjectKinds.Parse(Part(call, "kind"))
        ?? throw new RepositoryException(ErrorCode.NotFound, $"There is nothing at {call.Context.Request.Path}");

    private static ObjectId Id(ApiCall call) => ObjectId.TryParse(Part(call, "id"), out var id)
        ? id
        : throw new RepositoryException(ErrorCode.Usage, $"'{Part(call, "id")}' is no object's name: 64 hexadecimal digits");

    private static string Part(ApiCall call, string name) => call.Context.Request.RouteValues[name] as string ?? "";

    private sealed class BytesFile(byte[] bytes) : IStoredFile
    {
        public byte[] Bytes => bytes;

        public long Length => bytes.Length;

        public bool TryRead(long offset, Span<byte> destination)
        {
            bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return true;
        }

        public void Dispose()
        {
        }
    }
}
