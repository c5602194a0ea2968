using System.Text.Json.Serialization;

namespace StreamBack.Protocol.Http;

/// <summary>JSON on the wire that is no snapshot's facts: camel case, nulls left out, one line. What must be there and is not cannot be read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RepositoryDescription))]
[JsonSerializable(typeof(TagChange))]
[JsonSerializable(typeof(Failure))]
[JsonSerializable(typeof(ControlLine))]
[JsonSerializable(typeof(SessionBegun))]
[JsonSerializable(typeof(SessionState))]
[JsonSerializable(typeof(SessionEnd))]
[JsonSerializable(typeof(ObjectLine))]
[JsonSerializable(typeof(TicketAddress))]
[JsonSerializable(typeof(ForgetOrder))]
[JsonSerializable(typeof(UndeleteOrder))]
[JsonSerializable(typeof(RemovedIds))]
public sealed partial class WireJson : JsonSerializerContext;
