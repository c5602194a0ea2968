namespace StreamBack.Client.Terminal;

/// <summary>
/// Text that others wrote (tags, names in messages), safe on a terminal: control characters could forge lines or drive it.
/// </summary>
internal static class Printable
{
    /// <summary>The text with a question mark for each control character.</summary>
    public static string Text(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter)) : text;
}
