using System.Text.Json.Serialization;

namespace StreamBack.Protocol;

/// <summary>JSON as the command line and HTTP show it: camel case, nulls left out, one line. What must be there and is not cannot be read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SnapshotInfo))]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(RepositoryStats))]
[JsonSerializable(typeof(RetentionDecision))]
[JsonSerializable(typeof(RemovedSnapshot))]
[JsonSerializable(typeof(PruneReport))]
[JsonSerializable(typeof(ReplicaReport))]
[JsonSerializable(typeof(LateName))]
[JsonSerializable(typeof(DutyResult))]
[JsonSerializable(typeof(Catalogs.MemberInfo))]
[JsonSerializable(typeof(Catalogs.TreeChange))]
[JsonSerializable(typeof(Catalogs.FoundMember))]
public sealed partial class ProtocolJson : JsonSerializerContext;
