using Microsoft.AspNetCore.Http;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>Paths in a query, as bytes: the framework's own query is text.</summary>
internal static class RawQuery
{
    private const string Path = "path=";

    /// <summary>Each <c>path=</c>, clean.</summary>
    public static List<byte[]> Paths(QueryString query) =>
    [
        .. (query.Value ?? "").TrimStart('?').Split('&')
            .Where(pair => pair.StartsWith(Path, StringComparison.Ordinal))
            .Select(pair => MemberPath.Clean(PercentCode.Decode(pair[Path.Length..]))),
    ];
}
