using System.IO.Hashing;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>GET</c> and <c>HEAD /snapshots/NAME@WHICH/member?path=P</c>: one file's contents, or a range of them.</summary>
internal static class MemberRoute
{
    /// <summary>Sends them.</summary>
    public static async Task Run(ApiCall call, SnapshotPath path)
    {
        call.Access.Require(Capabilities.Get, path.Name.ToString());
        var request = call.Context.Request;
        if (RawQuery.Paths(request.QueryString) is not [var place])
            throw new RepositoryException(ErrorCode.Usage, "Name one member: path=PATH");
        var selector = path.Selector();
        var snapshot = await ApiCall.Block(() => GetRoute.Open(call).Find(selector)).ConfigureAwait(false);
        call.Context.Response.Headers.ContentLocation = $"{Routes.Snapshot(snapshot)}/member{request.QueryString.Value}";
        GetRoute.Mark(call.Context.Response, snapshot);
        await Send(call, snapshot, place, isFixed: selector.IsId).ConfigureAwait(false);
    }

    /// <summary>Sends a file, as the request's conditions and range have it.</summary>
    /// <param name="call">The request.</param>
    /// <param name="snapshot">Of which one.</param>
    /// <param name="path">Clean.</param>
    /// <param name="isFixed">Whether a part of it may be gone on with although nothing says of which snapshot it was.</param>
    public static async Task Send(ApiCall call, SnapshotInfo snapshot, byte[] path, bool isFixed)
    {
        var tag = Tag(snapshot, path);
        var asked = call.Context.Request.GetTypedHeaders();
        await StreamRun.Run(call, StreamKind.Get, cut => GetRoute.Remember(call, snapshot, () =>
        {
            using var member = call.Repository.OpenMember(snapshot, path, cut);
            var ended = Conditions.Status(asked, tag, SafeContent.Modified(member)) ?? (!isFixed && ByteRange.ContinuesSomething(asked) ? StatusCodes.Status412PreconditionFailed : null);
            if (ended is null)
                SafeContent.Describe(call.Context.Response, member, path, cut);
            if (RangeAnswer.Begin(call.Context, tag, member.Length, ended, out var range))
                Write(call, member, range ?? new ByteRange(0, member.Length), cut);
        })).ConfigureAwait(false);
    }

    /// <summary>Of a member's contents: no address has others under the same tag.</summary>
    public static EntityTagHeaderValue Tag(SnapshotInfo snapshot, byte[] path) => new($"\"{snapshot.Id}-{Convert.ToHexStringLower(XxHash128.Hash(path))}\"");

    private static void Write(ApiCall call, ServedMember member, ByteRange range, CancellationToken cut)
    {
        using var target = new ResponseBodyStream(call.Context.Response.BodyWriter, call.Flow, cut);
        member.Write(target, range.From, range.Length, new TransferProgress(), cut);
    }
}
