using System.Net.Http.Headers;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>Sends requests to one server.</summary>
/// <param name="handler">How they get there; owned.</param>
/// <param name="server">The server's address, such as <c>https://host:8420</c>.</param>
/// <param name="token">Says who one is; null where that is known otherwise.</param>
/// <param name="beneath">What carries it; owned.</param>
/// <remarks>Threading: any number of requests at once; what carries them decides how many go at a time.</remarks>
internal sealed class HttpConnection(HttpMessageHandler handler, Uri server, string? token, SshTransport? beneath) : IDisposable
{
    private readonly HttpClient client = new(handler)
    {
        BaseAddress = new Uri(server, Wire.Base),
        Timeout = Timeout.InfiniteTimeSpan, // a stream may take days
        DefaultRequestHeaders = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>What a new connection begins with, after one that was lost; null for nothing.</summary>
    public Action? Rejoin { get; set; }

    /// <summary>Sends a request.</summary>
    /// <returns>An answer of success, its body unread.</returns>
    /// <exception cref="RepositoryException">What the server says, or that it cannot be reached.</exception>
    public HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
                throw HttpFailure.Of(response);
        }
        catch (HttpRequestException error)
        {
            // What a transport says goes through HTTP's hands.
            throw error.InnerException as RepositoryException ?? beneath?.EndUnheard() ?? Lost(error);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            // Nobody cancelled: so it tells that no connection came about in time.
            throw HttpFailure.Lost(error);
        }
    }

    /// <summary>Sends a request of somebody else.</summary>
    /// <returns>The answer, whatever it is; its body unread.</returns>
    /// <exception cref="RepositoryException">The server cannot be reached.</exception>
    public async Task<HttpResponseMessage> Forward(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            throw error.InnerException as RepositoryException ?? Lost(error);
        }
    }

    private RepositoryException Lost(HttpRequestException error) => beneath is null ? HttpFailure.Lost(server, error) : HttpFailure.Lost(error);

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        beneath?.Dispose();
    }
}
