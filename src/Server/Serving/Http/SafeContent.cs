using System.Buffers;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Server.Serving.Http;

/// <summary>
/// Headers of bytes that anybody may have put into a tar: a browser shows text and some pictures, runs nothing, and keeps all else as
/// a file.
/// </summary>
internal static class SafeContent
{
    /// <summary>Bytes from which it is seen what a file is.</summary>
    private const int MagicLength = 512;

    /// <summary>Nothing in it may run, load or frame anything.</summary>
    public const string Policy = "sandbox; default-src 'none'";

    private static readonly SearchValues<byte> NoText = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(letter => letter is not ('\t' or '\n' or '\f' or '\r' or 0x1b)).Select(letter => (byte)letter), 0x7f]);

    /// <summary>Says what it is, and what may be done with it.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="member">The file.</param>
    /// <param name="path">What was asked for: the file may be what it is a link to.</param>
    /// <param name="cancellation">Ends reading.</param>
    public static void Describe(HttpResponse response, ServedMember member, byte[] path, CancellationToken cancellation)
    {
        using var begin = new MemoryStream(MagicLength);
        member.Write(begin, 0, Math.Min(MagicLength, member.Length), new TransferProgress(), cancellation);
        var type = Shown(begin.GetBuffer().AsSpan(0, (int)begin.Length), isWhole: member.Length <= MagicLength);
        response.ContentType = type ?? "application/octet-stream";
        Guard(response, type is null ? "attachment" : "inline", MemberPath.Text(MemberPath.Name(path)));
        if (Modified(member) is { } time)
            response.GetTypedHeaders().LastModified = time;
    }

    /// <summary>Says that it is a file to be kept.</summary>
    public static void Attach(HttpResponse response, string name) => Guard(response, "attachment", name);

    private static void Guard(HttpResponse response, string kind, string name)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        var disposition = new ContentDispositionHeaderValue(kind);
        disposition.SetHttpFileName(name);
        response.Headers.ContentDisposition = disposition.ToString();
    }

    /// <summary>The type of a file that a browser may show; null for any other.</summary>
    /// <param name="begin">Its first bytes.</param>
    /// <param name="isWhole">Whether they are all.</param>
    internal static string? Shown(ReadOnlySpan<byte> begin, bool isWhole) => begin switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => "image/gif",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
        _ => IsText(begin, isWhole) ? "text/plain; charset=utf-8" : null,
    };

    // A character may be cut where the bytes end that were read.
    private static bool IsText(ReadOnlySpan<byte> begin, bool isWhole)
    {
        if (begin.ContainsAny(NoText))
            return false;
        for (var cut = 0; cut < (isWhole ? 1 : 4) && cut <= begin.Length; cut++)
        {
            if (Utf8.IsValid(begin[..^cut]))
                return true;
        }

        return false;
    }

    /// <summary>When a file changed last, as it is told; null if that is no time that HTTP has.</summary>
    public static DateTimeOffset? Modified(ServedMember member) => member.Entry.Modified.Calendar is { } time && time.Year >= 1970 ? new DateTimeOffset(time) : null;
}
