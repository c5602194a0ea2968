using System.Text;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Server.Serving.Stdio;

/// <summary>
/// A get as one line, for whoever has ssh and nothing else: <c>get NAME[@WHICH] [PATH…]</c> or
/// <c>restore-files --transfermode=tar /NAME[/WHICH] [PATH…]</c> (docs/design/wire-protocol.md, 8).
/// </summary>
/// <param name="Candidates">The snapshots that may be meant, the likeliest first.</param>
/// <param name="Paths">Members of a tar, clean; none for the whole stream.</param>
internal sealed record RequestLine(IReadOnlyList<SnapshotSelector> Candidates, IReadOnlyList<byte[]> Paths)
{
    /// <summary>The longest line: a name and hundreds of paths.</summary>
    public const int MaxLength = 64 << 10;

    /// <summary>Bytes after which it is clear whether a request line begins: <c>restore-files</c> and a blank.</summary>
    public const int LongestBeginning = 14;

    private const string Get = "get";
    private const string Restore = "restore-files";
    private const string TarMode = "--transfermode=tar";

    /// <summary>Whether these bytes begin a request line.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith("get "u8) || bytes.StartsWith("restore-files "u8);

    /// <summary>Reads a line, without its end.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static RequestLine Parse(ReadOnlySpan<byte> line)
    {
        var words = Encoding.Latin1.GetString(line).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(Decode).ToArray();
        return words switch
        {
            [Get, var which, .. var paths] => new RequestLine([SnapshotSelector.Parse(which)], Clean(paths)),
            [Restore, TarMode, var path, .. var paths] => new RequestLine(Snapshots(path), Clean(paths)),
            _ => throw new RepositoryException(ErrorCode.Usage, $"A request line is '{Get} NAME[@WHICH] [PATH…]' or '{Restore} {TarMode} /NAME[/WHICH] [PATH…]'"),
        };
    }

    // The last piece says which where it selects a snapshot of the name before it; otherwise it belongs to the name.
    private static List<SnapshotSelector> Snapshots(string path)
    {
        if (!path.StartsWith('/'))
            throw new RepositoryException(ErrorCode.Usage, $"'{path}' does not begin with a slash: /NAME[/WHICH]");
        path = path[1..].TrimEnd('/');
        var candidates = new List<SnapshotSelector>();
        var slash = path.LastIndexOf('/');
        if (slash > 0 && SnapshotSelector.TryParse($"{path[..slash]}@{path[(slash + 1)..]}", out var named))
            candidates.Add(named);
        if (SnapshotSelector.TryParse(path, out var whole))
            candidates.Add(whole);
        return candidates.Count > 0 ? candidates : throw new RepositoryException(ErrorCode.Usage, $"'/{path}' names no snapshot");
    }

    private static List<byte[]> Clean(IEnumerable<string> paths) => [.. paths.Select(path => MemberPath.Clean(Encoding.Latin1.GetBytes(path)))];

    // A letter for each byte.
    private static string Decode(string word)
    {
        if (!word.Contains('%', StringComparison.Ordinal))
            return word;
        var decoded = new StringBuilder();
        for (var at = 0; at < word.Length; at++)
        {
            if (word[at] != '%')
            {
                decoded.Append(word[at]);
                continue;
            }

            if (at + 2 >= word.Length || !byte.TryParse(word.AsSpan(at + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value))
                throw new RepositoryException(ErrorCode.Usage, $"'{word}' has a % that two hexadecimal digits do not follow");
            decoded.Append((char)value);
            at += 2;
        }

        return decoded.ToString();
    }
}
