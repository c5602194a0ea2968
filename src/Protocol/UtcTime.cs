using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace StreamBack.Protocol;

/// <summary>Times as people write them: UTC unless they say otherwise.</summary>
public static class UtcTime
{
    /// <summary>Reads a time, or a day, which means its beginning.</summary>
    public static bool TryParse(string text, out DateTime time) => DateTime.TryParse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>Reads a time; null if none is given.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    [return: NotNullIfNotNull(nameof(text))]
    public static DateTime? Parse(string? text) =>
        text is null ? null
        : TryParse(text, out var time) ? time
        : throw new RepositoryException(ErrorCode.Usage, $"'{text}' is no time: give one such as 2026-11-20T12:00Z");
}
