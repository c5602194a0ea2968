using System.Text.Json.Serialization;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary>What <c>init --json</c> prints.</summary>
/// <param name="Repository">The new repository's id, 32 hex digits.</param>
/// <param name="Location">Its folder.</param>
/// <param name="KeyFile">Where its key is; null if the repository keeps it.</param>
internal sealed record InitAnswer(string Repository, string Location, string? KeyFile);

/// <summary>What <c>key show --json</c> prints.</summary>
/// <param name="Repository">The repository's id, 32 hex digits.</param>
/// <param name="HoldsFullKey">Whether the key in use opens stored content.</param>
/// <param name="Stored">The keys that the repository keeps, each under a passphrase.</param>
internal sealed record KeyAnswer(string Repository, bool HoldsFullKey, IReadOnlyList<StoredKey> Stored);

/// <summary>Answers of this client, in JSON: camel case, nulls left out, one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PutAnswer))]
[JsonSerializable(typeof(InitAnswer))]
[JsonSerializable(typeof(KeyAnswer))]
internal sealed partial class ClientJson : JsonSerializerContext;
