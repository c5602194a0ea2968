using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamBack.Server.Snapshots;

/// <summary>A manifest's structural part. Format: 6.2; members may be added, none changes.</summary>
internal sealed record ManifestStructure
{
    public required string Name { get; init; }

    public required DateTime Time { get; init; }

    public required DateTime Received { get; init; }

    public required string Kind { get; init; }

    public required long Length { get; init; }

    public required long StoredBytes { get; init; }

    public required long Chunks { get; init; }

    public required long NewChunks { get; init; }

    public required long NewChunkBytes { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public required IReadOnlyList<string> Marks { get; init; }

    public required string? Previous { get; init; }

    public required string Random { get; init; }

    public required string ContentPart { get; init; }

    public required IReadOnlyDictionary<string, RecipeRoot> Streams { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A manifest's content part.</summary>
internal sealed record ManifestContent
{
    public required string Sha256 { get; init; }

    public required long Members { get; init; }

    public required IReadOnlyList<string>? Command { get; init; }

    public required long? RawFrom { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A label's part. Format: 6.3.</summary>
internal sealed record LabelPart
{
    public required string Snapshot { get; init; }

    public required DateTime Time { get; init; }

    public required IReadOnlyList<string> Add { get; init; }

    public required IReadOnlyList<string> Remove { get; init; }
}

/// <summary>Times as the format writes them: UTC, always six decimals, so that their text sorts as they do.</summary>
internal sealed class FormatTime : JsonConverter<DateTime>
{
    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>Now, as exact as the format keeps it.</summary>
    public static DateTime Now() => Trim(DateTime.UtcNow);

    /// <summary>A time without what the format does not keep.</summary>
    public static DateTime Trim(DateTime time) => new(time.Ticks - time.Ticks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);

    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTime.TryParseExact(
            reader.GetString(), Pattern, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new JsonException("No time");

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString(Pattern, CultureInfo.InvariantCulture));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    Converters = [typeof(FormatTime)])]
[JsonSerializable(typeof(ManifestStructure))]
[JsonSerializable(typeof(ManifestContent))]
[JsonSerializable(typeof(LabelPart))]
internal sealed partial class ManifestJsonContext : JsonSerializerContext;
