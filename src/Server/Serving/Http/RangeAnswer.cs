using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace StreamBack.Server.Serving.Http;

/// <summary>Begins the answer that sends bytes which never change: all of them, or one range (RFC 9110, 13 to 15).</summary>
internal static class RangeAnswer
{
    /// <summary>Says what is sent.</summary>
    /// <param name="tag">Of the bytes; strong.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="ended">The status that a condition ends the request with; null if it goes on.</param>
    /// <param name="range">What is to be sent; null for the whole.</param>
    /// <returns>Whether anything is to be sent.</returns>
    public static bool Begin(HttpContext context, EntityTagHeaderValue tag, long length, int? ended, out ByteRange? range)
    {
        var response = context.Response;
        response.GetTypedHeaders().ETag = tag;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.XContentTypeOptions = "nosniff";
        range = null;
        if (ended is { } status)
        {
            response.StatusCode = status;
            return false;
        }

        var satisfiable = true;
        if (HttpMethods.IsGet(context.Request.Method)) // it means nothing with another method
            range = ByteRange.Read(context.Request.GetTypedHeaders(), tag, length, out satisfiable);
        if (!satisfiable)
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(length);
            return false;
        }

        response.ContentLength = range?.Length ?? length;
        if (range is { } part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(part.From, part.From + part.Length - 1, length);
        }

        return !HttpMethods.IsHead(context.Request.Method);
    }
}
