using System.Text.Json.Serialization;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>What <c>GET /repository</c> tells.</summary>
/// <param name="Id">The repository's id, 32 hex digits.</param>
/// <param name="Version">The server's.</param>
/// <param name="Capabilities">What the one who asks may do.</param>
/// <param name="Prefixes">With which names; empty for all.</param>
internal sealed record RepositoryAnswer(string Id, string Version, IReadOnlyList<string> Capabilities, IReadOnlyList<string> Prefixes);

/// <summary>Tags to give and to take.</summary>
internal sealed record TagChange(IReadOnlyList<string>? Add, IReadOnlyList<string>? Remove);

/// <summary>A line of a list that says what cannot be listed.</summary>
internal sealed record ErrorLine(ErrorAnswer Error);

/// <summary>The last line of a list.</summary>
internal sealed record EndLine(bool End);

/// <summary>How far a check is.</summary>
internal sealed record ProgressAnswer(long Bytes);

/// <summary>JSON on the wire that is no snapshot's facts: camel case, nulls left out, one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(RepositoryAnswer))]
[JsonSerializable(typeof(TagChange))]
[JsonSerializable(typeof(ErrorLine))]
[JsonSerializable(typeof(EndLine))]
[JsonSerializable(typeof(ProgressAnswer))]
internal sealed partial class HttpJson : JsonSerializerContext;
