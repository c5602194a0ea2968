using System.Text;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>Paths and patterns in a query: bytes, percent-encoded, and no more than that. The framework's own query is text, in which a plus is a blank.</summary>
internal static class RawQuery
{
    /// <summary>Each <c>path=</c>, clean.</summary>
    public static List<byte[]> Paths(QueryString query) => [.. Values(query, "path=").Select(path => MemberPath.Clean(path))];

    /// <summary>The <c>pattern=</c>; empty without one.</summary>
    public static string Pattern(QueryString query) => Encoding.UTF8.GetString(Values(query, "pattern=").FirstOrDefault([]));

    private static IEnumerable<byte[]> Values(QueryString query, string name) => (query.Value ?? "").TrimStart('?').Split('&')
        .Where(pair => pair.StartsWith(name, StringComparison.Ordinal))
        .Select(pair => PercentCode.DecodePath(pair[name.Length..]));
}
