using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>Reads a small JSON body.</summary>
internal static class RequestJson
{
    /// <summary>Tags and the like, or the ids of fifteen thousand snapshots; more is none of these.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads the body.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>; <see cref="ErrorCode.Incomplete"/> if it does not come in time.</exception>
    public static async Task<T> Read<T>(ApiCall call, JsonTypeInfo<T> type)
        where T : class
    {
        var body = new byte[MaxBytes];
        var length = await SmallBody.Read(call, body).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(body.AsSpan(0, length), type) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"The body is not the JSON that this takes: {error.Message}", error);
        }
    }
}
