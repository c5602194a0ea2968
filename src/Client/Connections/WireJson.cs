using System.Text.Json.Serialization;

namespace StreamBack.Client.Connections;

/// <summary>Tags to give and to take, as they go to a server.</summary>
internal sealed record TagChange(IReadOnlyList<string> Add, IReadOnlyList<string> Remove);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TagChange))]
internal sealed partial class WireJson : JsonSerializerContext;
