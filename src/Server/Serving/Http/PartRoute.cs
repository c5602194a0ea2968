using System.IO.Hashing;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>GET</c> and <c>HEAD /snapshots/NAME@WHICH?path=P</c>: members of a tar as a tar. Its length is not known before it is made.</summary>
internal static class PartRoute
{
    /// <summary>Bytes of what a user should know, in a header: more is cut.</summary>
    private const int MaxNotices = 4 << 10;

    /// <summary>Sends the tar.</summary>
    public static async Task Run(ApiCall call, SnapshotPath path)
    {
        var snapshot = await ApiCall.Block(() => GetRoute.Open(call).Find(path.Selector())).ConfigureAwait(false);
        var (request, response) = (call.Context.Request, call.Context.Response);
        var paths = RawQuery.Paths(request.QueryString);
        if (paths.Count == 0)
            throw new RepositoryException(ErrorCode.Usage, "Name a member: path=PATH");
        var tag = new EntityTagHeaderValue($"\"{snapshot.Id}-{Hash(paths)}\"");
        var headers = response.GetTypedHeaders();
        headers.ETag = tag;
        headers.LastModified = snapshot.Received;
        response.Headers.ContentLocation = Routes.Snapshot(snapshot) + request.QueryString.Value;
        if (Conditions.Status(request.GetTypedHeaders(), tag) is { } status)
        {
            response.StatusCode = status;
            return;
        }

        response.ContentType = Wire.TarType;
        GetRoute.Mark(response, snapshot);
        if (HttpMethods.IsHead(request.Method))
        {
            await ApiCall.Block(() => EnsureThere(call, snapshot, paths)).ConfigureAwait(false);
            return;
        }

        await GetRoute.Send(call, snapshot, (target, ended) =>
        {
            using var first = new BeginningStream(target, () => Tell(response, call.Notices));
            call.Repository.GetPart(snapshot, paths, first, new TransferProgress(), ended);
        }).ConfigureAwait(false);
    }

    private static bool EnsureThere(ApiCall call, SnapshotInfo snapshot, List<byte[]> paths)
    {
        if (snapshot.Kind != SnapshotKinds.Tar)
            throw new RepositoryException(ErrorCode.Usage, "The snapshot is no tar, so it has no members");
        using var tree = call.Repository.OpenTree(snapshot, call.Aborted);
        return paths.TrueForAll(path => tree.Find(path) is not null) ? true : throw new RepositoryException(ErrorCode.NotFound, "There is no such member");
    }

    // What is left out is known before the first byte.
    private static void Tell(HttpResponse response, List<string> notices)
    {
        var text = PercentCode.Encode(Encoding.UTF8.GetBytes(string.Join('\n', notices)));
        if (text.Length > 0)
            response.Headers[Wire.NoticesHeader] = text.Length <= MaxNotices ? text : text[..MaxNotices];
    }

    private static string Hash(List<byte[]> paths)
    {
        var hash = new XxHash128();
        foreach (var path in paths)
        {
            hash.Append(path);
            hash.Append([0]);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Calls back before the first byte.</summary>
    private sealed class BeginningStream(Stream target, Action begins) : Stream
    {
        private bool hasBegun;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (!hasBegun)
                begins();
            hasBegun = true;
            target.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => target.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
