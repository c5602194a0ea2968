using Microsoft.Playwright;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Page.Tests;

/// <summary>What <c>browse</c> prints, opened in a real browser: of a repository here, behind a server, and behind one that has no key.</summary>
public sealed class BrowseTests(Browser browser) : IClassFixture<Browser>
{
    [Theory]
    [InlineData("folder")]
    [InlineData("server")]
    [InlineData("sealed")]
    public async Task All_of_the_page_is_there(string way)
    {
        using var sealedServer = way == "sealed" ? await Sealed() : null;
        using var browsing = await Start(way, sealedServer);
        await using var visit = await browser.Open(address: browsing.Address);
        await visit.Page.GotoAsync(browsing.Invitation);
        await visit.Sees("What is kept");

        await visit.Follow("web1/etc");
        await visit.Sees("web1/etc");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Compare the two that are ticked" }).ClickAsync();
        await visit.Sees("→");
        await Assertions.Expect(visit.Page.Locator("tbody tr", new() { HasText = "etc/ssh/sshd_config" })).ToContainTextAsync("M");
        await visit.Page.GoBackAsync();
        await visit.Sees("web1/etc");
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await visit.Follow("etc/");
        await visit.Sees("etc");
        var (tar, zip) = (await visit.Download("Download as tar"), await visit.Download("Download as zip"));
        await visit.Follow("picture.png");
        await Assertions.Expect(visit.Page.Locator("img.preview")).ToHaveJSPropertyAsync("naturalWidth", 1);
        await visit.Page.GoBackAsync();
        await visit.Follow("ssh/");
        await visit.Follow("sshd_config");
        await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync("Port 2222\n");
        (await browser.Home.Shell($"""
            set -e; rm -rf {way}; mkdir {way}; cd {way}; mkdir tar zip
            tar xf {tar} -C tar; diff -r --no-dereference ../etc tar/etc
            LC_ALL=C.UTF-8 unzip -q -^ {zip} -d zip -x '*bytes'; rm -f tar/etc/deep/*bytes; diff -r --no-dereference tar/etc zip/etc
            """)).Succeeded();
        await visit.Page.Keyboard.PressAsync("/");
        await visit.Page.Keyboard.TypeAsync("page.*");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Sees("Found: page.*");
        await Assertions.Expect(visit.Page.Locator("tbody")).ToContainTextAsync("only this one");
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("server")]
    [InlineData("sealed")]
    public async Task What_is_put_meanwhile_is_there_at_the_next_look(string way)
    {
        using var sealedServer = way == "sealed" ? await Sealed() : null;
        using var browsing = await Start(way, sealedServer);
        await using var visit = await browser.Open(address: browsing.Address);
        await visit.Page.GotoAsync(browsing.Invitation);
        await visit.Sees("What is kept");
        var link = visit.Page.GetByRole(AriaRole.Link, new() { Name = $"meanwhile/{way}", Exact = true });
        await Assertions.Expect(link).ToHaveCountAsync(0);
        (await browser.Home.Shell($"echo now > now; tar c now | streamback put meanwhile/{way} --quiet")).Succeeded();
        await visit.Page.ReloadAsync();
        await link.ClickAsync();
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await visit.Follow("now");
        await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync("now\n");
    }

    [Fact]
    public async Task The_address_is_for_one_browser()
    {
        using var browsing = await Start("folder", null);
        await using var first = await browser.Open(address: browsing.Address);
        await first.Page.GotoAsync(browsing.Invitation);
        await first.Sees("What is kept");
        await using var second = await browser.Open(address: browsing.Address);
        var again = await second.Page.APIRequest.GetAsync(browsing.Invitation);
        Assert.Equal(401, again.Status);
        Assert.Contains("This address was for once", await again.TextAsync(), StringComparison.Ordinal);
        await second.Page.GotoAsync("/");
        await second.Sees("Sign in");
        await first.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await first.Sees("Sign in");
    }

    private async Task<BrowseProcess> Start(string way, ServerProcess? sealedServer)
    {
        browser.Home.Token = way switch
        {
            "server" => browser.Token,
            "sealed" => await ServerProcess.Token(browser.Home, $"owner-{Guid.NewGuid():n}", "list,objects"),
            _ => null,
        };
        return await BrowseProcess.Start(browser.Home, way switch { "folder" => browser.Home.Repository.Folder, "server" => browser.Server.Address, _ => sealedServer!.Address });
    }

    private async Task<ServerProcess> Sealed()
    {
        (await browser.Home.Shell("rm -f put.key; streamback key export-put put.key")).Succeeded();
        return await ServerProcess.Start(browser.Home, "--key-file", browser.Home.At("put.key"));
    }
}
