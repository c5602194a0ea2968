using Microsoft.Playwright;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Page.Tests;

/// <summary>A server with some snapshots, and a real browser.</summary>
public sealed class Browser : IAsyncLifetime
{
    // What is in the tars: a program, a text, a picture, and names that try to be something else.
    private const string Snapshots = """
        set -e
        mkdir -p etc/ssh etc/deep/er; echo 'Port 22' > etc/ssh/sshd_config; printf '<script>alert(1)</script>\n' > etc/page.html
        echo 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' | base64 -d > etc/picture.png
        head -c 300000 /dev/urandom > etc/random; ln -s ssh/sshd_config etc/link; ln etc/random etc/hard; seq 20000 > etc/long.txt
        for name in '<img src=x onerror=alert(2)>' "it's \"quoted\" & 100%2f" $'two\nlines' $'\377bytes'; do echo "$name" > "etc/deep/$name"; done
        tar c etc | streamback put web1/etc --quiet --tag first
        echo 'Port 2222' > etc/ssh/sshd_config; rm etc/page.html; echo new > etc/new; chmod 600 etc/long.txt
        tar c etc | streamback put web1/etc --quiet
        echo dump | streamback put db/shop --quiet
        for day in 1 2 3; do echo $day | streamback put often --quiet; done
        """;

    private IPlaywright? playwright;
    private IBrowser? browser;

    internal Home Home { get; } = new();

    internal ServerProcess Server { get; private set; } = null!;

    /// <summary>A token that may get and list.</summary>
    internal string Token { get; private set; } = "";

    public async Task InitializeAsync()
    {
        (await Home.Shell(Snapshots)).Succeeded();
        Token = await ServerProcess.Token(Home, "reader", "get,list");
        Home["T"] = Token;
        Server = await ServerProcess.Start(Home);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async Task DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
        Server?.Dispose();
        Home.Dispose();
    }

    /// <summary>Opens the page for somebody who has never been there.</summary>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="address">Of another server than this one's; null for this one's.</param>
    internal async Task<Visit> Open(int width = 1200, string? address = null)
    {
        var context = await browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, AcceptDownloads = true, BaseURL = address ?? Server.Address });
        return new Visit(context, await context.NewPageAsync());
    }
}
