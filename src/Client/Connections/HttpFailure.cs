using System.Net;
using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>What a server refuses or cannot do, as an expected failure.</summary>
internal static class HttpFailure
{
    /// <summary>The connection did not come about, or broke.</summary>
    public static ConnectionLostException Lost(Exception error) => new($"The connection to the server is lost: {Innermost(error).Message}", error);

    /// <summary>The failure of an answer that is none of success.</summary>
    public static RepositoryException Of(HttpResponseMessage response)
    {
        try
        {
            return JsonSerializer.Deserialize(response.Content.ReadAsStream(), WireJson.Default.Failure) is { Code: not null, Message: not null } failure
                ? failure.ToException()
                : throw new JsonException("no failure");
        }
        catch (Exception error) when (error is JsonException or IOException or HttpRequestException)
        {
            var message = $"The server answers {(int)response.StatusCode} {response.ReasonPhrase}";
            return IsAway(response.StatusCode) ? new ConnectionLostException(message, error) : new RepositoryException(CodeOf(response.StatusCode), message, error);
        }
    }

    // Somebody in between says that the server is away.
    private static bool IsAway(HttpStatusCode status) =>
        status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    // Of an answer without a body, such as HEAD's, or of somebody in between.
    private static ErrorCode CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ErrorCode.Denied,
        HttpStatusCode.NotFound => ErrorCode.NotFound,
        HttpStatusCode.BadRequest => ErrorCode.Usage,
        HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable => ErrorCode.Busy,
        HttpStatusCode.InsufficientStorage => ErrorCode.Full,
        HttpStatusCode.UnprocessableEntity => ErrorCode.Incomplete,
        HttpStatusCode.NotImplemented => ErrorCode.Unsupported,
        _ => ErrorCode.Failed,
    };

    private static Exception Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error;
}
