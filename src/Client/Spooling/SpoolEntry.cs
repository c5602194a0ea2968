using System.Text.Json.Serialization;
using StreamBack.Protocol;

namespace StreamBack.Client.Spooling;

/// <summary>What a spool says of a stream that waits in it; a file beside the stream, whose members are a contract of this program with itself.</summary>
internal sealed record SpoolEntry
{
    /// <summary>The only version there is.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The entry's name in the spool, by which entries sort from the oldest on.</summary>
    [JsonIgnore]
    public string Id { get; init; } = "";

    /// <summary>Which members there are, and what they mean.</summary>
    public required int Version { get; init; }

    /// <summary>The snapshot's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is to go: what <c>--repository</c> takes. No token and no key.</summary>
    public required string Location { get; init; }

    /// <summary>When it was taken, UTC.</summary>
    public required DateTime Taken { get; init; }

    /// <summary>Bytes of the stream.</summary>
    public required long Length { get; init; }

    /// <summary>SHA-256 of the stream, 64 hex digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>As in <see cref="PutRequest"/>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>As in <see cref="PutRequest"/>.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>As in <see cref="PutRequest"/>.</summary>
    public bool Raw { get; init; }

    /// <summary>As in <see cref="PutRequest"/>.</summary>
    public bool AllowTruncated { get; init; }

    /// <summary>As in <see cref="PutRequest"/>.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>When it may have been delivered without an answer that said so.</summary>
    public IReadOnlyList<SpoolAttempt> Attempts { get; init; } = [];

    /// <summary>The put that delivers it.</summary>
    /// <param name="sayWhen">Whether one may say when it was taken.</param>
    public PutRequest ToRequest(bool sayWhen) => new()
    {
        Name = SnapshotName.Parse(Name),
        Tags = Tags,
        Command = Command,
        Time = sayWhen ? Taken : null,
        Raw = Raw,
        AllowTruncated = AllowTruncated,
        AllowEmpty = AllowEmpty,
    };
}

/// <summary>A delivery that was sent as a whole and not acknowledged.</summary>
/// <param name="Began">UTC, by this machine's clock.</param>
/// <param name="Ended">When the connection was lost; null if this program ended first.</param>
internal sealed record SpoolAttempt(DateTime Began, DateTime? Ended);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SpoolEntry))]
internal sealed partial class SpoolJson : JsonSerializerContext;
