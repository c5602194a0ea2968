using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace StreamBack.Client.Tests.Harness;

/// <summary>An answer of HTTP as it came.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Head">The status line and the headers.</param>
/// <param name="Body">The body, without what chunks it.</param>
/// <param name="IsWhole">Whether the body came to its end.</param>
internal sealed record RawAnswer(int Status, string Head, byte[] Body, bool IsWhole)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>A header's value; null if it is not there.</summary>
    public string? Header(string name) =>
        Head.Split("\r\n").Skip(1).FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];

    /// <summary>Takes the first answer from the bytes that came; those of 1xx are passed over.</summary>
    /// <param name="bytes">What came; what was taken is removed.</param>
    /// <param name="closed">Whether nothing more comes.</param>
    /// <param name="answer">What was taken.</param>
    /// <param name="toHead">Whether it answers HEAD, and so has no body.</param>
    public static bool TryTake(List<byte> bytes, bool closed, [NotNullWhen(true)] out RawAnswer? answer, bool toHead = false)
    {
        answer = null;
        var all = CollectionsMarshal.AsSpan(bytes);
        var end = all.IndexOf("\r\n\r\n"u8);
        if (end < 0 || !all.StartsWith("HTTP/1.1 "u8))
            return false;
        var head = Encoding.Latin1.GetString(all[..end]);
        var status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
        if (status < 200)
        {
            bytes.RemoveRange(0, end + 4);
            return TryTake(bytes, closed, out answer, toHead);
        }

        answer = new RawAnswer(status, head, [], IsWhole: true);
        var length = 0;
        if (status is not (204 or 304) && !toHead)
        {
            var rest = all[(end + 4)..];
            if (answer.Header("Transfer-Encoding") == "chunked" ? !TryChunks(rest, out var body, out length) : !TryCount(rest, answer, closed, out body, out length))
            {
                answer = closed ? answer with { Body = body, IsWhole = false } : null;
                return closed;
            }

            answer = answer with { Body = body };
        }

        bytes.RemoveRange(0, end + 4 + length);
        return true;
    }

    private static bool TryCount(ReadOnlySpan<byte> rest, RawAnswer answer, bool closed, out byte[] body, out int length)
    {
        length = int.Parse(answer.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture);
        var whole = rest.Length >= length;
        body = whole || closed ? [.. rest[..Math.Min(length, rest.Length)]] : [];
        return whole;
    }

    private static bool TryChunks(ReadOnlySpan<byte> rest, out byte[] body, out int length)
    {
        var whole = new List<byte>();
        for (length = 0; ;)
        {
            var line = rest[length..].IndexOf("\r\n"u8);
            var size = line < 0 ? -1 : int.Parse(Encoding.ASCII.GetString(rest.Slice(length, line)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            var isThere = size >= 0 && rest.Length >= length + line + 2 + size + 2;
            if (isThere)
            {
                whole.AddRange(rest.Slice(length + line + 2, size));
                length += line + 2 + size + 2;
            }

            if (size == 0 || !isThere)
            {
                body = [.. whole];
                return isThere;
            }
        }
    }
}
