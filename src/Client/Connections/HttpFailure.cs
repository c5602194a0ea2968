using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>What a server refuses or cannot do, as an expected failure.</summary>
internal static class HttpFailure
{
    /// <summary>The connection did not come about, or broke.</summary>
    /// <returns>A <see cref="ConnectionLostException"/>, but not for a server that is not trusted: it will not be later.</returns>
    public static RepositoryException Lost(Exception error) => IsDistrust(error)
        ? new RepositoryException(ErrorCode.Failed, $"There is no trusted connection to the server: {Innermost(error).Message}{Advice(Innermost(error).Message)}", error)
        : new ConnectionLostException($"The connection to the server is lost: {Innermost(error).Message}", error);

    /// <summary>A request did not come through.</summary>
    /// <param name="server">The server's address.</param>
    /// <param name="error">What HTTP tells.</param>
    /// <returns>As <see cref="Lost(Exception)"/>.</returns>
    public static RepositoryException Lost(Uri server, HttpRequestException error) => error.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError => new ConnectionLostException($"{Name(server)} cannot be reached: {Innermost(error).Message}", error),
        HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse when server.Scheme == Uri.UriSchemeHttp =>
            new ConnectionLostException($"{Name(server)} breaks off, or speaks another protocol: is it https://{server.Authority}?", error),
        _ => Lost(error),
    };

    private static string Name(Uri server) => server.GetLeftPart(UriPartial.Authority);

    /// <summary>The failure of an answer that is none of success.</summary>
    public static RepositoryException Of(HttpResponseMessage response)
    {
        if (response.StatusCode is >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest)
            return Redirect(response);
        try
        {
            var told = ServerAnswer.Read(response, WireJson.Default.Failure).ToException();
            return IsAway(response.StatusCode) ? new ConnectionLostException(told.Message, told, told.Code) : told;
        }
        catch (RepositoryException error)
        {
            var message = $"The server answers {(int)response.StatusCode} {response.ReasonPhrase}";
            return IsAway(response.StatusCode)
                ? new ConnectionLostException(message, error, CodeOf(response.StatusCode))
                : new RepositoryException(CodeOf(response.StatusCode), message, error);
        }
    }

    // Nobody follows it: neither the token nor a stream goes where the user did not send it.
    private static RepositoryException Redirect(HttpResponseMessage response) => new(
        ErrorCode.Failed,
        $"The server answers {(int)response.StatusCode} {response.ReasonPhrase}{(response.Headers.Location is { } there ? $" to {there}" : "")}: it is not followed, give the server's own address");

    private static bool IsDistrust(Exception error) => error is AuthenticationException || (error.InnerException is { } inner && IsDistrust(inner));

    // Only where another file of certificates would help, not where the server has another name or the certificate is old.
    private static string Advice(string message) =>
        message.Contains(nameof(X509ChainStatusFlags.UntrustedRoot), StringComparison.Ordinal) || message.Contains(nameof(X509ChainStatusFlags.PartialChain), StringComparison.Ordinal)
            ? "; if it is the right one, name the file of its certificate, or of its authority's: caFile in the configuration, or STREAMBACK_CA_FILE"
            : "";

    // The server has no room, or stops; or somebody in between says that it is away.
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
