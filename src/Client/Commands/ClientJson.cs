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

/// <summary>A line of <c>token list --json</c>.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Allow">What it allows.</param>
/// <param name="Prefixes">With which names; empty for all.</param>
/// <param name="Created">When it was made, or last rotated; UTC.</param>
/// <param name="Quota">Bytes of streams that these names may have together; null for no limit.</param>
internal sealed record TokenAnswer(string Name, IReadOnlyList<string> Allow, IReadOnlyList<string> Prefixes, DateTime Created, long? Quota);

/// <summary>Answers of this client, in JSON: camel case, nulls left out, one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PutAnswer))]
[JsonSerializable(typeof(InitAnswer))]
[JsonSerializable(typeof(KeyAnswer))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(SpoolAnswer))]
[JsonSerializable(typeof(SpooledAnswer))]
internal sealed partial class ClientJson : JsonSerializerContext;
