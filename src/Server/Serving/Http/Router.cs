using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>The address that a request goes to, as the server knows it.</summary>
/// <param name="Pattern">The pattern.</param>
/// <param name="Values">What stands in the place of the pattern's names.</param>
internal sealed record RouteMatch(string Pattern, IReadOnlyDictionary<string, string> Values);

/// <summary>
/// Finds who answers a request. A pattern's pieces are words, <c>{name}</c> for any one piece, or at the end <c>{**name}</c> for all that
/// is left. The first pattern that fits the path counts. (ASP.NET's own comes with its host, which takes its time to start:
/// docs/decisions/0006.)
/// </summary>
/// <remarks>Threading: immutable once requests come.</remarks>
internal sealed class Router
{
    private readonly List<(string Method, string Pattern, string[] Pieces, RequestDelegate Answer)> routes = [];

    /// <summary>Adds an address.</summary>
    public void Map(string method, string pattern, RequestDelegate answer) => routes.Add((method, pattern, pattern.Split('/'), answer));

    /// <summary>Has a request answered: 404 where nothing is, 405 where something is that knows not the method.</summary>
    public Task Run(HttpContext context)
    {
        var path = (context.Request.Path.Value ?? "").Split('/');
        var allowed = new List<string>();
        foreach (var (method, pattern, pieces, answer) in routes)
        {
            if (!Fits(pieces, path, out var values))
                continue;
            if (method != context.Request.Method)
            {
                allowed.Add(method);
                continue;
            }

            context.Features.Set(new RouteMatch(pattern, values));
            return answer(context);
        }

        context.Response.StatusCode = allowed.Count > 0 ? StatusCodes.Status405MethodNotAllowed : StatusCodes.Status404NotFound;
        if (allowed.Count > 0)
            context.Response.Headers.Allow = string.Join(", ", allowed.Distinct());
        return context.Response.WriteAsJsonAsync(Refusal(allowed.Count > 0), WireJson.Default.Failure);
    }

    private static Failure Refusal(bool isKnown) => isKnown
        ? new Failure(ErrorCode.Usage.Name(), "This address does not know the method: Allow names those that it does")
        : new Failure(ErrorCode.NotFound.Name(), "There is nothing at this address");

    private static bool Fits(string[] pieces, string[] path, [NotNullWhen(true)] out Dictionary<string, string>? values)
    {
        values = null;
        var found = new Dictionary<string, string>();
        for (var at = 0; at < pieces.Length; at++)
        {
            var piece = pieces[at];
            if (piece.StartsWith("{**", StringComparison.Ordinal))
            {
                found[piece[3..^1]] = string.Join('/', path.Skip(at));
                values = found;
                return true;
            }

            if (at >= path.Length)
                return false;
            if (piece.StartsWith('{') && path[at].Length > 0)
                found[piece[1..^1]] = path[at];
            else if (piece != path[at])
                return false;
        }

        if (pieces.Length != path.Length)
            return false;
        values = found;
        return true;
    }
}
