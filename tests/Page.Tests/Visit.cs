using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace StreamBack.Page.Tests;

/// <summary>Somebody looks at the page. What must never happen is watched: errors, dialogs, requests to elsewhere.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly ConcurrentQueue<string> troubles = new();
    private string refusal = "401";

    public Visit(IBrowserContext context, IPage page)
    {
        (this.context, Page) = (context, page);
        page.SetDefaultTimeout(20_000);
        Assertions.SetDefaultExpectTimeout(20_000);
        page.Console += (_, message) =>
        {
            // What is refused on purpose is told by the browser, too.
            if (message.Type is "error" or "warning" && !message.Text.Contains(refusal, StringComparison.Ordinal))
                troubles.Enqueue(message.Text);
        };
        page.PageError += (_, error) => troubles.Enqueue(error);
        page.Dialog += (_, dialog) =>
        {
            troubles.Enqueue($"a dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("http://127.0.0.1:", StringComparison.Ordinal))
                troubles.Enqueue($"a request to {request.Url}");
        };
    }

    /// <summary>What is looked at.</summary>
    public IPage Page { get; }

    /// <summary>From now on this status is no trouble.</summary>
    public void Expects(string status) => refusal = status;

    /// <summary>Signs in.</summary>
    public async Task SignIn(string token)
    {
        await Page.GotoAsync("/");
        await Page.GetByLabel("Token").FillAsync(token);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>Waits for what is shown of a heading.</summary>
    public Task Sees(string heading) => Assertions.Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(heading);

    /// <summary>Follows a link.</summary>
    public Task Follow(string link) => Page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).ClickAsync();

    /// <summary>Downloads what a button gives.</summary>
    /// <returns>Where it is.</returns>
    public async Task<string> Download(string button)
    {
        var download = await Page.RunAndWaitForDownloadAsync(() => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync());
        Assert.Null(await download.FailureAsync());
        return (await download.PathAsync())!;
    }

    /// <summary>The cookies that the browser has.</summary>
    public Task<IReadOnlyList<BrowserContextCookiesResult>> Cookies() => context.CookiesAsync();

    /// <summary>Keeps a picture of the page, if somebody wants to see it.</summary>
    public async Task Picture(string name)
    {
        if (Environment.GetEnvironmentVariable("STREAMBACK_TEST_PICTURES") is { } folder)
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.True(troubles.IsEmpty, string.Join("\n", troubles));
    }
}
