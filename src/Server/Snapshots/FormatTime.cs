using System.Globalization;
using System.Text.Json;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>Times as the format writes them: UTC, always six decimals, so that their text sorts as they do.</summary>
internal static class FormatTime
{
    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>Now, as exact as the format keeps it.</summary>
    public static DateTime Now() => Trim(DateTime.UtcNow);

    /// <summary>A time without what the format does not keep.</summary>
    public static DateTime Trim(DateTime time) => new(time.Ticks - time.Ticks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);

    /// <summary>As text.</summary>
    public static string Text(DateTime time) => time.ToString(Pattern, CultureInfo.InvariantCulture);

    /// <summary>Reads a member that <see cref="Text"/> wrote.</summary>
    /// <exception cref="JsonException"/>
    public static DateTime Read(StoredJson json, string name) =>
        DateTime.TryParseExact(json.Text(name), Pattern, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new JsonException($"'{name}' is not a time");
}
