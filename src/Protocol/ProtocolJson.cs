using System.Text.Json.Serialization;

namespace StreamBack.Protocol;

/// <summary>JSON as the command line and HTTP show it: camel case, nulls left out, one line.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SnapshotInfo))]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(RepositoryStats))]
public sealed partial class ProtocolJson : JsonSerializerContext;
