using System.Formats.Tar;
using System.Text.Json;
using Microsoft.Playwright;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol;

namespace StreamBack.Page.Tests;

/// <summary>The web page in a real browser.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Who_has_a_token_signs_in_and_out()
    {
        await using var visit = await browser.Open();
        await visit.SignIn("sb1_wrong");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("No token that is known");
        Assert.Empty(await visit.Cookies());
        await visit.SignIn(browser.Token);
        await visit.Sees("What is kept");
        var cookie = Assert.Single(await visit.Cookies());
        Assert.Equal((true, SameSiteAttribute.Strict, false), (cookie.HttpOnly, cookie.SameSite, cookie.Value.Contains(browser.Token, StringComparison.Ordinal)));
        await visit.Picture("names");
        await visit.Page.ReloadAsync();
        await visit.Sees("What is kept");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await visit.Sees("Sign in");
        await visit.Page.ReloadAsync();
        await visit.Sees("Sign in");
    }

    [Fact]
    public async Task A_folder_is_walked_and_a_text_is_shown()
    {
        await using var visit = await SignedIn();
        await visit.Follow("web1/etc");
        await visit.Sees("web1/etc");
        await Assertions.Expect(visit.Page.GetByText("first", new() { Exact = true })).ToBeVisibleAsync();
        await visit.Picture("versions");
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await visit.Follow("etc/");
        await visit.Sees("etc");
        await visit.Picture("folder");
        await Assertions.Expect(visit.Page.GetByText("→ ssh/sshd_config")).ToBeVisibleAsync();
        await visit.Follow("ssh/");
        await visit.Follow("sshd_config");
        await visit.Sees("sshd_config");
        await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync("Port 2222\n");
        await visit.Picture("file");
        await visit.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "etc", Exact = true }).Last.ClickAsync();
        await visit.Follow("picture.png");
        await Assertions.Expect(visit.Page.Locator("img.preview")).ToHaveJSPropertyAsync("naturalWidth", 1);
        await visit.Page.GoBackAsync();
        await visit.Follow("random");
        await Assertions.Expect(visit.Page.GetByText("neither text nor a picture")).ToBeVisibleAsync();
        await visit.Page.GoBackAsync();
        await visit.Follow("long.txt");
        await Assertions.Expect(visit.Page.GetByText("The first 64.0 KiB")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Names_are_text_whatever_they_say()
    {
        await using var visit = await SignedIn();
        await visit.Follow("web1/etc");
        await visit.Sees("web1/etc");
        await visit.Page.Locator("tbody tr").Nth(1).GetByRole(AriaRole.Link).ClickAsync();
        await visit.Follow("etc/");
        await visit.Follow("page.html");
        await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync("<script>alert(1)</script>\n");
        await visit.Page.GoBackAsync();
        await visit.Follow("deep/");
        await Assertions.Expect(visit.Page.Locator("tbody tr")).ToHaveCountAsync(5);
        await visit.Picture("odd-names");
        foreach (var (name, text) in new[] { ("<img src=x", "<img src=x onerror=alert(2)>\n"), ("it's \"quoted\" & 100%2f", "it's \"quoted\" & 100%2f\n"), ("bytes", null), ("lines", "two\nlines\n") })
        {
            await visit.Page.Locator("tbody a", new() { HasText = name }).ClickAsync();
            if (text is null)
                await Assertions.Expect(visit.Page.GetByText("neither text")).ToBeVisibleAsync();
            else
                Assert.Equal(text, await visit.Page.Locator("pre").TextContentAsync());
            await visit.Page.GoBackAsync();
            await Assertions.Expect(visit.Page.Locator("tbody tr")).ToHaveCountAsync(5);
        }

        Assert.Equal(0, await visit.Page.Locator("main img").CountAsync());
    }

    [Fact]
    public async Task What_is_downloaded_is_what_was_put()
    {
        await using var visit = await SignedIn();
        await visit.Follow("web1/etc");
        await visit.Sees("web1/etc");
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        var whole = await visit.Download("Download as tar");
        await visit.Follow("etc/");
        await Assertions.Expect(visit.Page.GetByText("long.txt")).ToBeVisibleAsync();
        var (tar, zip) = (await visit.Download("Download as tar"), await visit.Download("Download as zip"));
        await visit.Follow("random");
        var file = await visit.Download("Download");
        (await browser.Home.Shell($"""
            set -e
            streamback get web1/etc | cmp - {whole}
            cmp etc/random {file}
            rm -rf from-tar from-zip; mkdir from-tar from-zip; tar xf {tar} -C from-tar; diff -r --no-dereference etc from-tar/etc
            LC_ALL=C.UTF-8 unzip -q -^ {zip} -d from-zip -x '*bytes'; rm -f from-tar/etc/deep/*bytes; diff -r --no-dereference from-tar/etc from-zip/etc
            test "$(stat -c '%a %Y' from-zip/etc/long.txt)" = "$(stat -c '%a %Y' etc/long.txt)"
            """)).Succeeded();
    }

    [Fact]
    public async Task Two_versions_are_compared_and_all_are_searched()
    {
        await using var visit = await SignedIn();
        await visit.Follow("web1/etc");
        await visit.Sees("web1/etc");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Compare the two that are ticked" }).ClickAsync();
        await visit.Sees("→");
        var rows = await visit.Page.Locator("tbody tr").AllInnerTextsAsync();
        foreach (var expected in new[] { "+\tetc/new", "−\tetc/page.html", "M\tetc/ssh/sshd_config", "U\tetc/long.txt" })
            Assert.Contains(rows, row => row.StartsWith(expected, StringComparison.Ordinal));
        await visit.Picture("compare");
        await visit.Page.Keyboard.PressAsync("/");
        await visit.Page.Keyboard.TypeAsync("sshd_*");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Sees("Found: sshd_*");
        await Assertions.Expect(visit.Page.GetByText("contents changed")).ToBeVisibleAsync();
        await visit.Picture("found");
        await visit.Page.Locator("tbody a").Last.ClickAsync();
        await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync("Port 22\n");
    }

    [Fact]
    public async Task Sizes_ages_and_charts_say_what_the_list_says()
    {
        (await browser.Home.Shell("head -c 300000 /dev/urandom | streamback put charts --quiet; (sleep 3; head -c 500000 /dev/urandom) | streamback put charts --quiet")).Succeeded();
        var list = (await browser.Home.Run("list", "charts", "--json")).Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var stored = list.ConvertAll(snapshot => snapshot.GetProperty("storedBytes").GetInt64());
        Assert.InRange(list[1].GetProperty("seconds").GetDouble(), 2, 20);
        await using var visit = await SignedIn();
        var row = visit.Page.Locator("tbody tr", new() { Has = visit.Page.GetByRole(AriaRole.Link, new() { Name = "charts", Exact = true }) });
        await Assertions.Expect(row).ToContainTextAsync("0 min ago");
        await Assertions.Expect(row.Locator("td")).ToContainTextAsync(["charts", "ago", Sizes.Bytes(500_000), Sizes.Bytes(stored[1]), "2"]);
        await visit.Follow("charts");
        await visit.Sees("charts");
        await Assertions.Expect(visit.Page.Locator("tbody tr")).ToContainTextAsync([Sizes.Bytes(stored[1]), Sizes.Bytes(stored[0])]);
        foreach (var (title, value) in new[] { ("Stored", Sizes.Bytes(stored.Sum())), ("Stored by each put", Sizes.Bytes(stored[1])), ("Saved, of all that was put", "0.0 %") })
            await Assertions.Expect(visit.Page.Locator($"svg.chart[aria-label^='{title}: {value} at ']")).ToBeVisibleAsync();
        var took = visit.Page.Locator("svg.chart[aria-label^='Time that each put took: ']");
        await Assertions.Expect(took.Locator("rect.bar")).ToHaveCountAsync(2);
        Assert.Matches("charts .*: [2-9]\\..* s$", await took.Locator("title").Last.TextContentAsync());
        await visit.Picture("charts");
    }

    [Fact]
    public async Task The_keyboard_is_enough()
    {
        await using var visit = await browser.Open();
        await visit.Page.GotoAsync("/");
        await visit.Sees("Sign in");
        await visit.Page.Keyboard.TypeAsync(browser.Token);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Sees("What is kept");
        await Reach(visit, "web1/etc");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Sees("web1/etc");

        // Two are ticked already: one less and one more, then down to a file, which is downloaded.
        await Reach(visit, "Compare 2", attribute: "ariaLabel");
        await visit.Page.Keyboard.PressAsync("Space");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Compare the two that are ticked" })).ToBeDisabledAsync();
        await visit.Page.Keyboard.PressAsync("Space");
        await Reach(visit, "Compare the two");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Sees("→");
        await visit.Page.GoBackAsync();
        await visit.Sees("web1/etc");
        await Reach(visit, "20");
        await visit.Page.Keyboard.PressAsync("Enter");
        foreach (var step in new[] { "etc/", "random" })
        {
            await Assertions.Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = step, Exact = true })).ToBeVisibleAsync();
            await Reach(visit, step);
            await visit.Page.Keyboard.PressAsync("Enter");
        }

        await visit.Sees("random");
        await Reach(visit, "Download");
        var download = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Page.Keyboard.PressAsync("Enter"));
        Assert.Null(await download.FailureAsync());
    }

    [Fact]
    public async Task A_phone_shows_all_of_it()
    {
        await using var visit = await browser.Open(width: 360);
        await visit.SignIn(browser.Token);
        await visit.Sees("What is kept");
        await Fits(visit, "phone-names");
        await visit.Follow("web1/etc");
        await visit.Sees("web1/etc");
        await Fits(visit, "phone-versions");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Columnheader, new() { Name = "New" })).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.GetByText(" ago").First).ToBeVisibleAsync();
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await visit.Follow("etc/");
        await visit.Follow("deep/");
        await visit.Sees("deep");
        await Fits(visit, "phone-folder");
        await visit.Page.GoBackAsync();
        await visit.Follow("long.txt");
        await Assertions.Expect(visit.Page.GetByText("The first 64.0 KiB")).ToBeVisibleAsync();
        await Fits(visit, "phone-file");
        await visit.Follow("When it changed");
        await visit.Sees("Found");
        await Fits(visit, "phone-found");
        await visit.Page.GotoAsync("/");
        await visit.Follow("web1/etc");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Compare the two that are ticked" }).ClickAsync();
        await visit.Sees("→");
        await Fits(visit, "phone-compare");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await visit.Sees("Sign in");
        await Fits(visit, "phone-sign-in");
    }

    [Fact]
    public async Task What_is_late_or_failed_stands_out_and_what_was_done_is_told_to_who_may_maintain()
    {
        using var home = new Home();
        (await home.Shell("for name in a-sound often web1/etc; do echo $name | streamback put $name --quiet; done")).Succeeded();
        var keeper = await ServerProcess.Token(home, "keeper", "get,list,put,maintain");
        using var server = await ServerProcess.Start(home, "--expect", "often=0s", "--expect", "never/put=1d");
        home.Token = keeper;
        (await home.Feed([], "put", "web1/etc", "--repository", server.Address)).FailedWith(4, "nothing was kept");
        (await home.Run("check", "--repository", server.Address)).Succeeded();
        await using var visit = await browser.Open(address: server.Address);
        await visit.SignIn(keeper);
        await visit.Sees("What is kept");
        await Assertions.Expect(visit.Page.Locator("table").First.Locator("tbody tr")).ToContainTextAsync(["often", "web1/etc", "a-sound"]);
        await Assertions.Expect(visit.Page.GetByText("late", new() { Exact = true })).ToHaveCountAsync(1);
        await Assertions.Expect(visit.Page.GetByText("failed", new() { Exact = true })).ToHaveCountAsync(1);
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("never/put was never put");
        await Assertions.Expect(visit.Page.GetByText("all is well")).ToBeVisibleAsync();
        await visit.Picture("late");
        await visit.Page.SetViewportSizeAsync(360, 900);
        await Fits(visit, "phone-late");

        // Who only reads is told nothing of it.
        var reader = await ServerProcess.Token(home, "reader", "get,list");
        await using var other = await browser.Open(address: server.Address);
        await other.SignIn(reader);
        await other.Sees("What is kept");
        await Assertions.Expect(other.Page.GetByText("Looked after")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_folder_of_very_many_members_is_shown_as_far_as_anybody_reads()
    {
        (await browser.Home.Shell("""
            set -eo pipefail
            mkdir -p many/m; (cd many/m; seq -f %06g 150000 | xargs touch); tar c -C many m | streamback put many --quiet; rm -r many
            """)).Succeeded();
        await using var visit = await SignedIn();
        await visit.Follow("many");
        await visit.Sees("many");
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await visit.Follow("m/");
        await visit.Sees("m");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Only the first 100000");
        await Assertions.Expect(visit.Page.Locator("caption")).ToContainTextAsync("the first 5000 are shown");
        await Assertions.Expect(visit.Page.Locator("tbody tr")).ToHaveCountAsync(5000);
        await visit.Follow("000001");
        await visit.Sees("000001");
    }

    [Fact]
    public async Task A_member_with_more_headers_than_are_read_hinders_no_other()
    {
        // Each of its headers is short enough to be read, and all of them together are not.
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "before") { DataStream = new MemoryStream("before\n"u8.ToArray()) });
            for (var number = 0; number < 100; number++)
                writer.WriteEntry(new PaxGlobalExtendedAttributesTarEntry(new Dictionary<string, string> { ["comment"] = new('1', 1_000_000) }));
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "much"));
        }

        await browser.Home.Put("hostile", tar.ToArray());
        await using var visit = await SignedIn();
        await visit.Follow("hostile");
        await visit.Sees("hostile");
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await visit.Follow("before");
        await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync("before\n");
        await visit.Page.GoBackAsync();
        visit.Expects("501");
        await visit.Follow("much");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_a_tar_says_oddly_or_falsely_is_shown_as_everywhere_else()
    {
        (await browser.Home.Shell("""
            set -eo pipefail
            /usr/bin/python3 - <<'END'
            import io, tarfile
            tar = tarfile.open("odd.tar", "w", format=tarfile.USTAR_FORMAT)
            def add(name, text="", kind=tarfile.REGTYPE, to=""):
                entry = tarfile.TarInfo(name); entry.type = kind; entry.linkname = to; entry.size = len(text); entry.devmajor, entry.devminor = 1, 3
                tar.addfile(entry, io.BytesIO(text.encode()))
            add("a", "1\n"); add("./a", "22\n"); add("x/../../up", "up\n"); add("/abs/file", "abs\n"); add("l2", kind=tarfile.LNKTYPE, to="l1"); add("null", kind=tarfile.CHRTYPE)
            lie = tarfile.TarInfo("lie"); lie.size = 700; record = b"10 size=5\n"
            pax = tarfile.TarInfo("pax"); pax.type = tarfile.XHDTYPE; pax.size = len(record)
            tar.addfile(pax, io.BytesIO(record)); tar.fileobj.write(lie.tobuf(tarfile.USTAR_FORMAT) + b"12345".ljust(512, b"\0")); tar.offset += 1024
            add("after", "after\n"); tar.format = tarfile.PAX_FORMAT
            much = tarfile.TarInfo("much"); much.pax_headers = {"comment": "1" * 100_000_000}; tar.addfile(much)
            tar.close()
            END
            streamback put odd --quiet < odd.tar; rm odd.tar; echo 'CREATE TABLE t;' | streamback put dump --quiet
            """)).Succeeded();
        await using var visit = await SignedIn();
        await visit.Follow("odd");
        await visit.Sees("odd");
        await Assertions.Expect(visit.Page.GetByText("raw-tail")).ToBeVisibleAsync();
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("tbody tr")).ToHaveCountAsync(7); // behind a record of 100 MB nothing is seen
        foreach (var (name, text) in new[] { ("a", "22\n"), ("up", "up\n"), ("lie", "12345"), ("after", "after\n") })
        {
            await visit.Follow(name);
            await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync(text);
            await visit.Page.GoBackAsync();
        }

        await visit.Follow("abs/");
        await visit.Follow("file");
        await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync("abs\n");
        await visit.Page.GotoAsync("/");
        await visit.Follow("dump");
        await visit.Sees("dump");
        await visit.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await visit.Follow("stream");
        await Assertions.Expect(visit.Page.Locator("pre")).ToHaveTextAsync("CREATE TABLE t;\n");
    }

    private async Task<Visit> SignedIn()
    {
        var visit = await browser.Open();
        await visit.SignIn(browser.Token);
        await visit.Sees("What is kept");
        return visit;
    }

    // By the tabulator alone.
    private static async Task Reach(Visit visit, string text, string attribute = "textContent")
    {
        for (var step = 0; step < 40; step++)
        {
            if ((await visit.Page.EvaluateAsync<string?>($"document.activeElement.{attribute}") ?? "").StartsWith(text, StringComparison.Ordinal))
                return;
            await visit.Page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"the tabulator does not come to '{text}'");
    }

    private static async Task Fits(Visit visit, string picture)
    {
        await visit.Picture(picture);
        Assert.True(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), picture);
    }
}
