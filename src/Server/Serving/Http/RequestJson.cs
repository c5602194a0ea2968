using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>Reads a small JSON body.</summary>
internal static class RequestJson
{
    /// <summary>Tags and the like; more is none of these.</summary>
    private const long MaxBytes = 64 << 10;

    /// <summary>Reads the body.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static async Task<T> Read<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBytes;
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"The body is not the JSON that this takes: {error.Message}", error);
        }
        catch (BadHttpRequestException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"The body cannot be read: {error.Message}", error);
        }
        catch (IOException error)
        {
            throw new OperationCanceledException("Whoever asked is gone", error);
        }
    }
}
