using System.Text.Json.Serialization;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Tokens;

/// <summary>A token as the state folder keeps it: everything but the token.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Hash">SHA-256 of the token, 64 hex digits.</param>
/// <param name="Allow">Names of capabilities.</param>
/// <param name="Prefixes">As in <see cref="Access"/>.</param>
/// <param name="Created">When it was made, or last rotated; UTC.</param>
/// <param name="Quota">Bytes of streams that the names it covers may have together; null for no limit.</param>
internal sealed record TokenEntry(
    string Name, string Hash, IReadOnlyList<string> Allow, IReadOnlyList<string> Prefixes, DateTime Created, long? Quota = null);

/// <summary>The file <c>tokens.json</c> of the state folder.</summary>
internal sealed record TokenFile(IReadOnlyList<TokenEntry> Tokens);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TokenFile))]
internal sealed partial class TokenJson : JsonSerializerContext;
