using System.Net;
using System.Text.Json;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>What a server refuses or cannot do, as an expected failure.</summary>
internal static class HttpFailure
{
    /// <summary>The connection did not come about, or broke.</summary>
    public static RepositoryException Lost(Exception error) =>
        new(ErrorCode.Failed, $"The connection to the server is lost: {Innermost(error).Message}", error);

    /// <summary>The failure that a server tells.</summary>
    public static RepositoryException Read(JsonElement error)
    {
        var name = error.GetProperty("code").GetString();
        var code = Enum.GetValues<ErrorCode>().FirstOrDefault(code => code.Name() == name, ErrorCode.Failed);
        return new RepositoryException(code, error.GetProperty("message").GetString() ?? "The server says nothing more");
    }

    /// <summary>The failure of an answer that is none of success.</summary>
    public static RepositoryException Of(HttpResponseMessage response)
    {
        try
        {
            using var json = JsonDocument.Parse(response.Content.ReadAsStream());
            return Read(json.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or IOException or HttpRequestException)
        {
            return new RepositoryException(CodeOf(response.StatusCode), $"The server answers {(int)response.StatusCode} {response.ReasonPhrase}", error);
        }
    }

    // Of an answer without a body, such as HEAD's, or of somebody in between.
    private static ErrorCode CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ErrorCode.Denied,
        HttpStatusCode.NotFound => ErrorCode.NotFound,
        HttpStatusCode.BadRequest => ErrorCode.Usage,
        HttpStatusCode.Conflict => ErrorCode.Busy,
        HttpStatusCode.InsufficientStorage => ErrorCode.Full,
        HttpStatusCode.UnprocessableEntity => ErrorCode.Incomplete,
        HttpStatusCode.NotImplemented => ErrorCode.Unsupported,
        _ => ErrorCode.Failed,
    };

    private static Exception Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error;
}
