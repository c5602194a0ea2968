using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Metrics;
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
        using var cover = call.Server.Objects.Cover(call.Caller.Name);
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
        using var cover = call.Server.Objects.Cover(call.Caller.Name);
        using var file = call.Repository.Objects.Open(kind, id);
        await Send(call, file, id).ConfigureAwait(false);
    }

    /// <summary><c>PUT /objects/KIND/ID</c></summary>
    public static async Task Put(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.ObjectsPut);
        var (kind, id) = (Kind(call), Id(call));
        using var cover = call.Server.Objects.Cover(call.Caller.Name);
        var taken = await StreamRun.Run(call, StreamKind.Object, ended => call.Repository.Objects.Put(kind, id, call.Body(ended), ended)).ConfigureAwait(false);
        call.Context.Response.StatusCode = taken ? StatusCodes.Status201Created : StatusCodes.Status200OK;
    }

    /// <summary><c>DELETE /objects/KIND/ID</c>: to the trash.</summary>
    public static async Task Remove(ApiCall call)
    {
        call.Access.RequireWhole(Capabilities.ObjectsPut | Capabilities.Remove);
        var (kind, id) = (Kind(call), Id(call));
        await ApiCall.Block(() =>
        {
            call.Repository.Objects.Remove(kind, id);
            return true;
        }).ConfigureAwait(false);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task Send(ApiCall call, IStoredFile file, ObjectId id)
    {
        var tag = new EntityTagHeaderValue($"\"{id}\"");
        call.Context.Response.ContentType = Wire.RawType;
        var condition = Conditions.Status(call.Context.Request.GetTypedHeaders(), tag);
        if (RangeAnswer.Begin(call.Context, tag, file.Length, condition, out var range))
            await Copy(call, file, range ?? new ByteRange(0, file.Length)).ConfigureAwait(false);
    }

    // Bytes of the disk, nothing to compute: no thread of its own, since an opening reader asks for many small parts.
    private static async Task Copy(ApiCall call, IStoredFile file, ByteRange part)
    {
        var block = new byte[Math.Min(part.Length, BlockLength)];
        for (var done = 0L; done < part.Length;)
        {
            var length = call.Flow.Block((int)Math.Min(block.Length, part.Length - done));
            if (!file.TryRead(part.From + done, block.AsSpan(0, length)))
                throw new RepositoryException(ErrorCode.Corrupt, $"{call.Context.Request.Path} ends at {file.Length}");
            await call.Write(block.AsMemory(0, length)).ConfigureAwait(false);
            done += length;
        }
    }

    private static ObjectKind Kind(ApiCall call) => ObjectKinds.Parse(Part(call, "kind"))
        ?? throw new RepositoryException(ErrorCode.NotFound, $"There is nothing at {call.Context.Request.Path}");

    private static ObjectId Id(ApiCall call) => ObjectId.TryParse(Part(call, "id"), out var id)
        ? id
        : throw new RepositoryException(ErrorCode.Usage, $"'{Part(call, "id")}' is no object's name: 64 hexadecimal digits");

    private static string Part(ApiCall call, string name) => Routes.Value(call.Context, name);

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
