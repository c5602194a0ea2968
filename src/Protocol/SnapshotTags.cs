namespace StreamBack.Protocol;

/// <summary>Labels of snapshots: 1 to 100 characters each, none of them blank or a control character.</summary>
public static class SnapshotTags
{
    /// <summary>Characters of a tag at the most: it is a word, not a comment.</summary>
    public const int MaxLength = 100;

    /// <summary>Refuses what is no tag.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static void Check(IEnumerable<string> tags)
    {
        foreach (var tag in tags)
        {
            if (tag.Length is 0 or > MaxLength || tag.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter)))
                throw new RepositoryException(ErrorCode.Usage, $"'{tag}' is no tag: give 1 to {MaxLength} characters without blanks");
        }
    }
}
