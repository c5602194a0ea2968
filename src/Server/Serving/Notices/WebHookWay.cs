using System.Text.Json;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Notices;

/// <summary>Sends JSON to an address by POST: subject and text, and the troubles one by one.</summary>
internal sealed class WebHookWay : INoticeWay
{
    /// <summary>Whoever takes a notice answers by then, from the far side of the world as well.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Uri address;

    /// <param name="address">Where to.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is no address, or names would go to it for all to read.</exception>
    public WebHookWay(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var read) || read.Scheme is not ("http" or "https"))
            throw new RepositoryException(ErrorCode.Usage, $"notices.webHook: '{address}' is no address such as https://host/path");
        if (read.Scheme == "http" && !read.IsLoopback)
            throw new RepositoryException(ErrorCode.Usage, $"notices.webHook: {address} would send names for all to read: use https://");
        this.address = read;
    }

    /// <inheritdoc/>
    public string Name => "web hook";

    /// <inheritdoc/>
    public async Task Tell(Notice notice, CancellationToken cancellation)
    {
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = address.Scheme == "https" }) { Timeout = Patience };
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(notice, NoticeJson.Default.Notice));
            content.Headers.ContentType = new("application/json");
            using var answer = await client.PostAsync(address, content, cancellation).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
                throw new NoticeException($"{address.Host} answers {(int)answer.StatusCode}");
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new NoticeException($"{address.Host}: {error.Message}", error);
        }
    }
}
