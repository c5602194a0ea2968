using System.Text.Json.Serialization;
using StreamBack.Protocol;

namespace StreamBack.Server.Sessions;

/// <summary>What a put's journal begins with: whose it is, and what was asked for.</summary>
/// <param name="Owner">Who began it: a token's name, or how they came.</param>
/// <param name="Name">The snapshot's name.</param>
/// <param name="Tags">Its labels.</param>
/// <param name="Time">When it was taken; null for <paramref name="Received"/>.</param>
/// <param name="Received">When the put began, by the server's clock.</param>
/// <param name="AllowTruncated">As in <see cref="PutRequest"/>.</param>
/// <param name="AllowEmpty">As in <see cref="PutRequest"/>.</param>
internal sealed record JournalHead(
    string Owner, string Name, IReadOnlyList<string> Tags, DateTime? Time, DateTime Received, bool AllowTruncated, bool AllowEmpty)
{
    /// <summary>The request that was made, but for its command, which is content.</summary>
    public PutRequest Request() => new()
    {
        Name = SnapshotName.Parse(Name),
        Tags = Tags,
        Time = Time,
        AllowTruncated = AllowTruncated,
        AllowEmpty = AllowEmpty,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JournalHead))]
internal sealed partial class JournalJson : JsonSerializerContext;
