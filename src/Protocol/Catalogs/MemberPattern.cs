using System.Buffers;
using System.Text;

namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// A pattern of paths: <c>*</c> and <c>?</c> stand for any characters, and one, but for slashes; <c>**</c> for slashes as well;
/// <c>[a-z]</c> and <c>[!a-z]</c> for one of these, or none of these; a backslash takes the meaning off what follows it. With a slash it
/// is of the whole path, otherwise of its last piece.
/// </summary>
/// <remarks>Threading: immutable. A match takes as many steps as path and pattern have characters, multiplied, and no more.</remarks>
public sealed class MemberPattern
{
    /// <summary>Characters of a pattern: what comes in a request must cost no more than it is worth.</summary>
    private const int MaxLength = 1024;

    private readonly GlobPiece[] pieces;
    private readonly bool isOfPath;
    private readonly byte[] end;
    private readonly byte[] folder;
    private readonly bool isInFolder;

    [Flags]
    private enum At : byte
    {
        None = 0,
        Begin = 1,
        Inside = 2,
    }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public MemberPattern(string text)
    {
        if (text.Length > MaxLength)
            throw new RepositoryException(ErrorCode.Usage, $"A pattern has at most {MaxLength} characters");
        isOfPath = text.Contains('/', StringComparison.Ordinal);
        text = string.Join('/', text.Split('/').Where(piece => piece is not ("" or "."))); // as paths are cleaned
        if (text.Length == 0)
            throw new RepositoryException(ErrorCode.Usage, "The pattern is empty");
        pieces = [.. GlobPiece.Read(text)];
        var literals = pieces.TakeWhile(piece => piece.Literal is not null).Count();
        var firstName = Array.FindLastIndex(pieces[..literals], piece => piece.Literal == '/') + 1;
        var open = Array.FindLastIndex(pieces, piece => piece.Literal is null);
        end = Bytes(pieces.AsSpan(open >= 0 && pieces[open].MayDropSlash ? open + 2 : open + 1));
        folder = isOfPath ? MemberPath.Clean(Bytes(pieces.AsSpan(0, firstName))) : [];
        isInFolder = isOfPath && !pieces.Skip(firstName).Any(piece => piece.Literal == '/' || piece.TakesSlashes);
    }

    /// <summary>What matches in a snapshot, in its order; nothing is read of folders in which nothing can.</summary>
    /// <param name="tree">The snapshot.</param>
    /// <param name="filter">Of this pattern; the same for several snapshots.</param>
    public IEnumerable<CatalogEntry> In(ISnapshotTree tree, PathFilter filter)
    {
        // A path without anything that stands for others is one member.
        if (isOfPath && Array.TrueForAll(pieces, piece => piece.Literal is not null))
            return Exact(tree);
        if (isInFolder || folder.Length > 0)
            return (isInFolder ? tree.Folder(folder, all: false) : tree.Below(folder, all: false)).Where(entry => Matches(entry.Path));
        return tree.Where(filter);
    }

    /// <summary>Whether a path matches.</summary>
    /// <param name="path">Clean.</param>
    public bool Matches(ReadOnlySpan<byte> path)
    {
        var text = isOfPath ? path : MemberPath.Name(path);
        if (text.IsEmpty || !text.EndsWith(end))
            return false;

        // Whether what was read so far may be what stands before each piece, or before it and a part of what it stands for.
        Span<At> now = stackalloc At[pieces.Length + 1];
        Span<At> next = stackalloc At[pieces.Length + 1];
        now[0] = At.Begin;
        Close(now);
        while (!text.IsEmpty)
        {
            var isCharacter = Rune.DecodeFromUtf8(text, out var rune, out var length) == OperationStatus.Done;
            var character = isCharacter ? rune.Value : GlobPiece.NoCharacter + text[0];
            text = text[(isCharacter ? length : 1)..];
            next.Clear();
            for (var at = 0; at < pieces.Length; at++)
            {
                if (now[at] == At.None)
                    continue;
                if (pieces[at].IsStar)
                    next[at] |= character != '/' || pieces[at].TakesSlashes ? At.Inside : At.None;
                else
                    next[at + 1] |= pieces[at].Takes(character) ? At.Begin : At.None;
            }

            Close(next);
            var last = now;
            now = next;
            next = last;
        }

        return now[pieces.Length] != At.None;
    }

    // A star may end anywhere, or stand for nothing, and so may the slash behind it then.
    private void Close(Span<At> states)
    {
        for (var at = 0; at < pieces.Length; at++)
        {
            if (states[at] == At.None || !pieces[at].IsStar)
                continue;
            states[at + 1] |= At.Begin;
            if (pieces[at].MayDropSlash && states[at].HasFlag(At.Begin))
                states[at + 2] |= At.Begin;
        }
    }

    private IEnumerable<CatalogEntry> Exact(ISnapshotTree tree) => tree.Find(MemberPath.Clean(Bytes(pieces))) is { } entry ? [entry] : [];

    private static byte[] Bytes(ReadOnlySpan<GlobPiece> literals)
    {
        var text = new StringBuilder();
        foreach (var piece in literals)
            text.Append(new Rune(piece.Literal!.Value));
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
