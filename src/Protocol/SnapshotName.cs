namespace StreamBack.Protocol;

/// <summary>
/// A snapshot's name, such as <c>web1/etc</c>: 1 to 16 parts joined by slashes, each 1 to 100 bytes of letters, digits
/// and <c>._-</c>, beginning with a letter or digit. So a name is safe in a path, a URL and a shell.
/// </summary>
public readonly record struct SnapshotName
{
    /// <summary>Parts of a name at the most: deeper than any host/service/database.</summary>
    public const int MaxParts = 16;

    /// <summary>Bytes of a part at the most: 16 of them stay under the 4096 bytes of a path.</summary>
    public const int MaxPartLength = 100;

    private readonly string? value;

    private SnapshotName(string value) => this.value = value;

    /// <summary>Reads a name.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, saying what is wrong.</exception>
    public static SnapshotName Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length > MaxParts)
            throw Refused(text, $"it has {parts.Length} parts, at most {MaxParts} are allowed");
        foreach (var part in parts)
        {
            if (part.Length is 0 or > MaxPartLength)
                throw Refused(text, $"a part of it has {part.Length} characters, 1 to {MaxPartLength} are allowed");
            if (!char.IsAsciiLetterOrDigit(part[0]))
                throw Refused(text, $"its part '{part}' does not begin with a letter or digit");
            if (part.FirstOrDefault(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '_' or '-')) is var wrong && wrong != 0)
                throw Refused(text, $"'{wrong}' is not allowed in it; letters, digits, '.', '_', '-' and '/' are");
        }

        return new SnapshotName(text);
    }

    /// <inheritdoc/>
    public override string ToString() => value ?? "";

    private static RepositoryException Refused(string text, string why) => new(ErrorCode.Usage, $"'{text}' is no snapshot name: {why}");
}
