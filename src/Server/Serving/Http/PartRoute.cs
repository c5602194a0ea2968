using System.IO.Hashing;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Metrics;

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
        if (Conditions.Status(request.GetTypedHeaders(), tag, snapshot.Received) is { } status)
        {
            await EnsureThere(call, snapshot, paths).ConfigureAwait(false);
            response.StatusCode = status;
            return;
        }

        response.ContentType = Wire.TarType;
        GetRoute.Mark(response, snapshot);
        SafeContent.Attach(response, FileName(snapshot, paths is [var one] ? one : []) + ".tar");
        if (HttpMethods.IsHead(request.Method))
        {
            await EnsureThere(call, snapshot, paths).ConfigureAwait(false);
            return;
        }

        await GetRoute.Send(call, snapshot, (target, ended) =>
        {
            var told = "";
            call.Repository.GetPart(snapshot, paths, target, LeftOut, new TransferProgress(), ended);

            // Known before the first byte. Not for the log: names of members are as secret as what is in them.
            void LeftOut(string line)
            {
                line = line.ReplaceLineEndings(" ");
                if (!response.HasStarted && told.Length < MaxNotices)
                    Tell(response, told += PercentCode.Encode(Encoding.UTF8.GetBytes(told.Length == 0 ? line : $"\n{line}")));
            }
        }).ConfigureAwait(false);
    }

    /// <summary><c>GET …/zip?path=P</c>: a folder, or one member, as a zip.</summary>
    public static async Task RunZip(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Get, path.Name.ToString());
        var place = RawQuery.Paths(call.Context.Request.QueryString).FirstOrDefault([]);
        var snapshot = await ApiCall.Block(() => GetRoute.Open(call).Find(path.Selector())).ConfigureAwait(false);
        var response = call.Context.Response;
        response.ContentType = Wire.ZipType;
        response.Headers.ContentLocation = $"{Routes.Snapshot(snapshot)}/zip{call.Context.Request.QueryString.Value}";
        GetRoute.Mark(response, snapshot);
        SafeContent.Attach(response, FileName(snapshot, place) + ".zip");
        await GetRoute.Send(call, snapshot, (target, ended) => call.Repository.GetZip(snapshot, place, target, ended)).ConfigureAwait(false);
    }

    private static string FileName(SnapshotInfo snapshot, byte[] path) =>
        path.Length == 0 ? snapshot.Name.Replace('/', '-') : MemberPath.Text(MemberPath.Name(path));

    private static Task<bool> EnsureThere(ApiCall call, SnapshotInfo snapshot, List<byte[]> paths) => StreamRun.Run(call, StreamKind.Get, ended =>
    {
        PartSelection.EnsureTar(snapshot.Kind);
        using var tree = call.Repository.OpenTree(snapshot, ended);
        return paths.TrueForAll(path => tree.Require(path) is not null);
    });

    private static void Tell(HttpResponse response, string text) => response.Headers[Wire.NoticesHeader] = text.Length <= MaxNotices ? text : text[..MaxNotices];

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
}
