using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>The bytes of a stream that a request asks for.</summary>
/// <param name="From">The first one's offset.</param>
/// <param name="Length">How many.</param>
internal readonly record struct ByteRange(long From, long Length)
{
    /// <summary>Reads the range of a request; null if it asks for the whole, in whatever way.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="tag">The stream's, for <c>If-Range</c>.</param>
    /// <param name="length">The stream's.</param>
    /// <param name="satisfiable">False if nothing of the stream is in the range.</param>
    public static ByteRange? Read(RequestHeaders headers, EntityTagHeaderValue tag, long length, out bool satisfiable)
    {
        satisfiable = true;
        if (headers.Range is not { Ranges.Count: 1 } range || range.Unit != "bytes" || IsForAnother(headers, tag))
            return null;
        var asked = range.Ranges.First();
        var from = asked.From ?? Math.Max(0, length - asked.To!.Value);
        var last = asked.From is null ? length - 1 : Math.Min(asked.To ?? long.MaxValue, length - 1);
        satisfiable = from <= last;
        return satisfiable ? new ByteRange(from, last - from + 1) : null;
    }

    /// <summary>Whether a request goes on with a stream that it has a part of, without saying of which.</summary>
    public static bool ContinuesSomething(RequestHeaders headers) =>
        headers.Headers.IfRange.Count == 0 && headers.Range is { Ranges.Count: 1 } range && range.Ranges.First() is { From: > 0, To: null };

    // A date says less than an id, and so does what cannot be read; they count as another.
    private static bool IsForAnother(RequestHeaders headers, EntityTagHeaderValue tag) =>
        headers.Headers.IfRange.Count > 0 && headers.IfRange?.EntityTag?.Compare(tag, useStrongComparison: true) != true;
}
