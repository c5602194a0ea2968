using System.Text;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Views;

/// <summary>A place in the view of a repository: <c>NAME/@WHICH/PATH</c>, or a beginning of it.</summary>
/// <param name="Name">The name, or the first pieces of one, joined by slashes; empty for all names.</param>
/// <param name="Which">Which snapshot of the name; null for none yet.</param>
/// <param name="Member">A path in the snapshot, clean.</param>
internal sealed record ViewPath(string Name, string? Which, byte[] Member)
{
    /// <summary>What a version's piece begins with: no name does.</summary>
    public const char Sign = '@';

    /// <summary>Reads what an address says, piece by piece percent-encoded; null if nothing can be there.</summary>
    public static ViewPath? Parse(string address)
    {
        var pieces = address.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(PercentCode.DecodePath).ToList();

        // A slash in a piece is of no name, nor is a zero byte.
        if (pieces.Exists(piece => piece.AsSpan().IndexOfAny((byte)'/', (byte)0) >= 0))
            return null;
        var at = pieces.FindIndex(piece => piece[0] == Sign);
        var name = string.Join('/', pieces.Take(at < 0 ? pieces.Count : at).Select(piece => Encoding.UTF8.GetString(piece)));
        return at < 0
            ? new ViewPath(name, null, [])
            : new ViewPath(name, Encoding.UTF8.GetString(pieces[at].AsSpan(1)), Join(pieces.Skip(at + 1)));
    }

    private static byte[] Join(IEnumerable<byte[]> pieces)
    {
        List<byte> path = [];
        foreach (var piece in pieces)
            path.AddRange(path.Count == 0 ? piece : [(byte)'/', .. piece]);
        return [.. path];
    }
}
