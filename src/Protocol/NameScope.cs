namespace StreamBack.Protocol;

/// <summary>Which names are meant: one whole name, or, ending in a slash, all names below it.</summary>
/// <param name="Text">As people write it.</param>
public readonly record struct NameScope(string Text)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is neither a name nor a name and a slash.</exception>
    public static NameScope Parse(string text)
    {
        SnapshotName.Parse(text.EndsWith('/') ? text[..^1] : text);
        return new NameScope(text);
    }

    /// <summary>Whether it is one name.</summary>
    public bool IsOne => !Text.EndsWith('/');

    /// <summary>Whether it covers a name.</summary>
    public bool Covers(string name) => IsOne ? name == Text : name.StartsWith(Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
