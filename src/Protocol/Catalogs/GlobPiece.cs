using System.Text;

namespace StreamBack.Protocol.Catalogs;

/// <summary>What stands for something in a pattern: a character, one of several, or any number of them.</summary>
internal sealed record GlobPiece
{
    /// <summary>What <see cref="MemberPattern"/> numbers a byte by that is no UTF-8: none of Unicode's numbers.</summary>
    public const int NoCharacter = 0x110000;

    /// <summary>Any number of characters; with <see cref="TakesSlashes"/> of any, otherwise none of them a slash.</summary>
    public bool IsStar { get; private init; }

    /// <summary>Whether a star takes slashes, too.</summary>
    public bool TakesSlashes { get; private init; }

    /// <summary>Whether the slash after the star is left out where the star stands for nothing: <c>a/**/b</c> is <c>a/b</c> as well.</summary>
    public bool MayDropSlash { get; private init; }

    /// <summary>The character, where it is no other; otherwise null.</summary>
    public int? Literal { get; private init; }

    private List<(int First, int Last)> Ranges { get; } = [];

    private bool IsNegated { get; init; }

    /// <summary>Whether it stands for a character, if it is no star.</summary>
    public bool Takes(int character)
    {
        if (Literal is { } literal)
            return character == literal;
        return character != '/' && Ranges.Exists(range => character >= range.First && character <= range.Last) != IsNegated;
    }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static List<GlobPiece> Read(string text)
    {
        var letters = text.EnumerateRunes().Select(rune => rune.Value).ToArray();
        List<GlobPiece> pieces = [];
        for (var at = 0; at < letters.Length;)
            pieces.Add(Next(letters, ref at, beginsName: pieces is [] or [.., { Literal: '/' }]));
        return pieces;
    }

    private static GlobPiece Next(int[] letters, ref int at, bool beginsName)
    {
        switch (letters[at++])
        {
            case '*' when at < letters.Length && letters[at] == '*':
                while (at < letters.Length && letters[at] == '*')
                    at++;
                return new GlobPiece { IsStar = true, TakesSlashes = true, MayDropSlash = beginsName && at < letters.Length && letters[at] == '/' };
            case '*':
                return new GlobPiece { IsStar = true };
            case '?':
                return new GlobPiece { IsNegated = true };
            case '[':
                return ReadClass(letters, ref at);
            case '\\':
                return at < letters.Length ? new GlobPiece { Literal = letters[at++] } : throw Unreadable("ends in a backslash");
            case var letter:
                return new GlobPiece { Literal = letter };
        }
    }

    // [abc], [a-z], [!abc]; ] stands for itself right at the beginning.
    private static GlobPiece ReadClass(int[] letters, ref int at)
    {
        var isNegated = at < letters.Length && letters[at] is '!' or '^';
        var piece = new GlobPiece { IsNegated = isNegated };
        at += isNegated ? 1 : 0;
        for (var begin = at; at < letters.Length; at++)
        {
            if (letters[at] == ']' && at > begin)
            {
                at++;
                return piece;
            }

            var isRange = at + 2 < letters.Length && letters[at + 1] == '-' && letters[at + 2] != ']';
            var (first, last) = (letters[at], letters[isRange ? at + 2 : at]);
            if (first > last)
                throw Unreadable($"has a range that goes backwards, from {new Rune(first)} to {new Rune(last)}");
            piece.Ranges.Add((first, last));
            at += isRange ? 2 : 0;
        }

        throw Unreadable("has a [ without its ]");
    }

    private static RepositoryException Unreadable(string why) => new(ErrorCode.Usage, $"The pattern {why}");
}
