using System.Text;
using System.Xml.Linq;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>WebDAV to the letter: what is where, what may be asked for, and what is refused.</summary>
public sealed class DavTests : IAsyncLifetime
{
    private static readonly XNamespace Dav = "DAV:";

    private readonly ServerFixture fixture = new();

    public async Task InitializeAsync()
    {
        await fixture.InitializeAsync();
        (await fixture.Home.Shell("""
            set -e
            mkdir -p tree/deep; echo one > tree/a; ln tree/a tree/hard; ln -s a tree/soft; mkfifo tree/pipe; echo x > $'tree/\377\001<&"\n%2F'; mkdir 'tree/@latest'; touch 'tree/@latest/@x'
            tar c tree | streamback put web1/etc --quiet --time 2026-01-01T12:00:00Z
            echo two > tree/a; tar c tree/a tree/deep | streamback put web1/etc --quiet --time 2026-01-01T12:00:00.5Z
            tar c tree | streamback put web1/etc/more --quiet
            """)).Succeeded();
    }

    public Task DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public void Names_and_snapshots_are_folders()
    {
        Assert.Equal(["/dav/", "/dav/seed/", "/dav/web1/"], Hrefs("/dav"));
        Assert.Equal(["/dav/web1/", "/dav/web1/etc/"], Hrefs("/dav/web1/"));
        var first = Id("web1/etc@2026-01-01T12:00:00.2Z")[..16];
        Assert.Equal(["/dav/web1/etc/", "/dav/web1/etc/more/", "/dav/web1/etc/@latest/", $"/dav/web1/etc/@{first}/", "/dav/web1/etc/@2026-01-01T12:00:00Z/"], Hrefs("/dav/web1/etc"));
        Assert.Equal("two\n", fixture.Ask("GET /dav/web1/etc/@2026-01-01T12:00:00Z/tree/a").Text);
        Assert.Equal("one\n", fixture.Ask($"GET /dav/web1/etc/@{first}/tree/a").Text);
        Assert.Equal("one\n", fixture.Ask("GET /dav//web1/etc/@-2/tree/hard").Text);
        Assert.Equal(["/dav/web1/etc/@-1/"], Hrefs("/dav/web1/etc/@-1", depth: "0"));
        fixture.AssertWell();
    }

    [Fact]
    public async Task What_is_put_by_whomever_is_there_at_once()
    {
        Assert.Equal(404, Find("/dav/new").Status);
        foreach (var content in new[] { "1", "2" })
        {
            (await fixture.Home.Shell($"set -e; echo {content} > new; tar c new | streamback put new/one --quiet; echo {content} | streamback put new/two --quiet")).Succeeded();
            Assert.Equal(["/dav/new/", "/dav/new/one/", "/dav/new/two/"], Hrefs("/dav/new"));
            Assert.Equal(content + "\n", fixture.Ask("GET /dav/new/one/@latest/new").Text);
            Assert.Equal(content + "\n", fixture.Ask("GET /dav/new/two/@latest/stream").Text);
            Assert.Contains($"\"size\":2", fixture.Ask("GET /api/v1/snapshots/new/one@latest/catalog").Text, StringComparison.Ordinal);
        }

        Assert.Equal(4, Hrefs("/dav/new/one").Count);
        Assert.Equal("1\n", fixture.Ask("GET /dav/new/one/@-2/new").Text);
    }

    [Fact]
    public void Members_are_shown_whatever_they_are_called()
    {
        var odd = "%FF%01%3C%26%22%0A%252F";
        Assert.Equal(["/dav/web1/etc/@-2/tree/", "/dav/web1/etc/@-2/tree/%40latest/", "/dav/web1/etc/@-2/tree/a", "/dav/web1/etc/@-2/tree/deep/", "/dav/web1/etc/@-2/tree/hard", $"/dav/web1/etc/@-2/tree/{odd}"], Hrefs("/dav/web1/etc/@-2/tree"));
        Assert.Equal("x\n", fixture.Ask($"GET /dav/web1/etc/@-2/tree/{odd}").Text);
        Assert.Equal(["/dav/web1/etc/@-2/tree/%40latest/", "/dav/web1/etc/@-2/tree/%40latest/%40x"], Hrefs("/dav/web1/etc/@-2/tree/%40latest"));
        Assert.Equal(404, fixture.Ask("GET /dav/web1/etc/@-2/tree%2Fa").Status);
        Assert.Equal(400, fixture.Ask("GET /dav/web1/etc/@-2/tree/a%00").Status);
        Assert.Equal(404, fixture.Ask("GET /dav/web1/etc/@-2/tree/soft").Status);
        Assert.Equal(404, fixture.Ask("GET /dav/web1/etc/@-2/tree/pipe").Status);
        Assert.Equal(404, Find("/dav/web1/etc/@-2/none").Status);
        Assert.Equal(404, Find("/dav/none").Status);
        Assert.Equal(404, Find("/dav/web1/etc/@ffffffff").Status);
        Assert.Equal(400, Find("/dav/web1/etc/@whatever").Status);
        Assert.Equal(400, fixture.Ask("GET /dav/web1/etc/@-2/tree/../tree/a").Status);
        fixture.AssertWell();
    }

    [Fact]
    public void A_file_has_length_tag_and_time_and_its_parts_are_given()
    {
        var file = Find("/dav/web1/etc/@-1/tree/a", "0");
        var properties = XDocument.Parse(file.Text).Descendants(Dav + "prop").Single();
        Assert.Equal(("4", "", "a"), (properties.Element(Dav + "getcontentlength")!.Value, properties.Element(Dav + "resourcetype")!.Value, properties.Element(Dav + "displayname")!.Value));
        var tag = properties.Element(Dav + "getetag")!.Value;
        var got = fixture.Ask("GET /dav/web1/etc/@-1/tree/a");
        Assert.Equal((tag, "two\n", "bytes", properties.Element(Dav + "getlastmodified")!.Value), (got.Header("ETag"), got.Text, got.Header("Accept-Ranges"), got.Header("Last-Modified")));
        Assert.Equal(("nosniff", "sandbox; default-src 'none'", "text/plain; charset=utf-8"), (got.Header("X-Content-Type-Options"), got.Header("Content-Security-Policy"), got.Header("Content-Type")));
        Assert.Equal((206, "wo"), Of(fixture.Ask("GET /dav/web1/etc/@-1/tree/a", "Range: bytes=1-2\r\n")));
        Assert.Equal((206, "wo\n"), Of(fixture.Ask("GET /dav/web1/etc/@-1/tree/a", $"Range: bytes=1-\r\nIf-Range: {tag}\r\n")));
        Assert.Equal((200, "two\n"), Of(fixture.Ask("GET /dav/web1/etc/@-1/tree/a", "Range: bytes=1-\r\nIf-Range: \"other\"\r\n")));
        Assert.Equal((206, "wo\n"), Of(fixture.Ask("GET /dav/web1/etc/@-1/tree/a", "Range: bytes=1-\r\n")));
        Assert.Equal((412, ""), Of(fixture.Ask("GET /api/v1/snapshots/web1/etc@-1/member?path=tree/a", "Range: bytes=1-\r\n")) with { Text = "" });
        Assert.Equal("inline; filename=hard; filename*=UTF-8''hard", fixture.Ask("GET /dav/web1/etc/@-2/tree/hard").Header("Content-Disposition"));
        Assert.Equal((304, ""), Of(fixture.Ask("GET /dav/web1/etc/@-1/tree/a", $"If-None-Match: {tag}\r\n")));
        Assert.Equal((412, ""), Of(fixture.Ask("GET /dav/web1/etc/@-1/tree/a", "If-Match: \"other\"\r\n")));
        Assert.Equal(416, fixture.Ask("GET /dav/web1/etc/@-1/tree/a", "Range: bytes=4-\r\nIf-Range: " + tag + "\r\n").Status);
        Assert.Equal(405, fixture.Ask("GET /dav/web1/etc/@-1/tree/").Status);
        fixture.AssertWell();
    }

    [Theory]
    [InlineData("""<propfind xmlns="DAV:"><prop><getcontentlength/><x:y xmlns:x="urn:z"/><quota/></prop></propfind>""", "getcontentlength", "y quota")]
    [InlineData("""<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>""", "resourcetype displayname getcontentlength getcontenttype getetag getlastmodified executable", "")]
    [InlineData("""<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>""", "resourcetype displayname getcontentlength getcontenttype getetag getlastmodified executable", "")]
    [InlineData("""<?xml version="1.0"?><!-- x --><D:propfind xmlns:D="DAV:"><D:prop></D:prop></D:propfind>""", "", "")]
    public void What_is_asked_for_is_told_and_what_is_not_there_as_well(string body, string there, string missing)
    {
        var answer = Find("/dav/web1/etc/@-1/tree/a", "0", body);
        var told = XDocument.Parse(answer.Text).Descendants(Dav + "propstat").ToDictionary(
            stat => stat.Element(Dav + "status")!.Value[9..12], stat => string.Join(' ', stat.Element(Dav + "prop")!.Elements().Select(name => name.Name.LocalName)));
        Assert.Equal((207, there, missing), (answer.Status, told.GetValueOrDefault("200", ""), told.GetValueOrDefault("404", "")));
        Assert.All(XDocument.Parse(answer.Text).Descendants(Dav + "response"), response => Assert.NotEmpty(response.Elements(Dav + "propstat")));
        Assert.Equal(body.Contains("propname", StringComparison.Ordinal), !answer.Text.Contains("octet-stream", StringComparison.Ordinal) && there.Length > 20);
    }

    [Theory]
    [InlineData("""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop><a>&e;</a></prop></propfind>""")]
    [InlineData("""<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><propfind xmlns="DAV:"><prop>&b;</prop></propfind>""")]
    [InlineData("<propfind xmlns='DAV:'>")]
    [InlineData("<other/>")]
    [InlineData("x")]
    [InlineData("\0\0")]
    public void What_is_no_propfind_is_refused(string body)
    {
        Assert.Equal(400, Find("/dav/web1/etc/@-1/tree", "1", body).Status);
        fixture.AssertWell();
    }

    [Fact]
    public void Too_much_is_refused()
    {
        Assert.Equal(400, Find("/dav", "1", "<propfind xmlns='DAV:'>" + new string(' ', 70_000) + "</propfind>").Status);
        Assert.Equal(400, Find("/dav", "1", "<propfind xmlns='DAV:'>" + string.Concat(Enumerable.Repeat("<a>", 5000))).Status);
        Assert.Equal(400, Find("/dav", "1", $"<propfind xmlns='DAV:'><prop>{string.Concat(Enumerable.Range(0, 3000).Select(name => $"<a{name}/>"))}</prop></propfind>").Status);
        var infinity = Find("/dav", "infinity");
        Assert.Equal(403, infinity.Status);
        Assert.Contains("propfind-finite-depth", infinity.Text, StringComparison.Ordinal);
        Assert.Equal(403, fixture.Ask("PROPFIND /dav").Status);
        fixture.AssertWell();
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("MKCOL")]
    [InlineData("COPY")]
    [InlineData("MOVE")]
    [InlineData("LOCK")]
    [InlineData("UNLOCK")]
    [InlineData("PROPPATCH")]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public void Nothing_is_written(string method)
    {
        var before = fixture.Home.Repository.Fingerprint();
        var answer = fixture.Ask($"{method} /dav/web1/etc/@-1/tree/a", "Content-Length: 1\r\nDestination: /dav/x\r\n", "x");
        Assert.Equal(405, answer.Status);
        Assert.Contains("PROPFIND", answer.Header("Allow")!, StringComparison.Ordinal);
        Assert.Equal(before, fixture.Home.Repository.Fingerprint());
    }

    [Fact]
    public async Task Who_may_is_asked_everywhere()
    {
        var options = fixture.Ask("OPTIONS /dav/");
        Assert.Equal((200, "1"), (options.Status, options.Header("DAV")));
        var within = await fixture.TokenFor("get", "web1/");
        Assert.Equal(["/dav/", "/dav/web1/"], Hrefs("/dav", token: within));
        Assert.Equal(403, Find("/dav/seed/@latest", token: within).Status);
        Assert.Equal(404, Find("/dav/seed", token: within).Status);
        Assert.Equal(403, As(within, "GET /dav/seed/@latest/stream").Status);
        Assert.Equal(200, As(within, "GET /dav/web1/etc/@-1/tree/a").Status);
        var others = await fixture.TokenFor("put,list,remove,maintain,objects,objects-put", null);
        foreach (var line in new[] { "PROPFIND /dav", "PROPFIND /dav/seed", "PROPFIND /dav/seed/@latest", "GET /dav/seed/@latest/stream", "HEAD /dav/seed/@latest/stream" })
        {
            Assert.Equal(403, As(others, line, "Depth: 0\r\n").Status);
            Assert.Equal((401, "Basic realm=\"StreamBack\", charset=\"UTF-8\""), Of401(As("none", line)));
        }
    }

    [Fact]
    public void A_password_counts_here_and_nowhere_else()
    {
        Assert.Equal(200, Basic($"any:{fixture.Token}", "GET /dav/seed/@latest/stream").Status);
        Assert.Equal(200, Basic($":{fixture.Token}", "GET /dav/seed/@latest/stream").Status);
        foreach (var wrong in new[] { fixture.Token, $"{fixture.Token}:", "any:none", "", "any:" })
            Assert.Equal(401, Basic(wrong, "GET /dav/seed/@latest/stream").Status);
        foreach (var line in new[] { "GET /api/v1/snapshots", "GET /davx/seed", "GET /metrics" })
            Assert.NotEqual(200, Basic($"any:{fixture.Token}", line).Status);
        Assert.Equal(401, Basic($"any:{fixture.Token}", "GET /api/v1/snapshots").Status);
        Assert.Equal((401, "Bearer"), Of401(Basic($"any:{fixture.Token}", "GET /api/v1/repository")));
    }

    private RawAnswer Basic(string credentials, string line) => Say(line, $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}\r\n");

    private RawAnswer As(string token, string line, string headers = "") => Say(line, $"Authorization: Bearer {token}\r\n{headers}");

    private RawAnswer Say(string line, string headers, string body = "")
    {
        using var connection = new RawConnection(fixture.Server);
        return connection.Say($"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n{body}").Hear()!;
    }

    private RawAnswer Find(string address, string depth = "1", string body = "", string? token = null) =>
        Say($"PROPFIND {address}", $"Authorization: Bearer {token ?? fixture.Token}\r\nDepth: {depth}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n", body);

    private List<string> Hrefs(string address, string depth = "1", string? token = null)
    {
        var answer = Find(address, depth, token: token);
        Assert.Equal(207, answer.Status);
        return [.. XDocument.Parse(answer.Text).Descendants(Dav + "href").Select(href => href.Value)];
    }

    private string Id(string snapshot)
    {
        var answer = fixture.Ask($"GET /api/v1/snapshots/{snapshot}/info");
        return System.Text.Json.JsonDocument.Parse(answer.Text).RootElement.GetProperty("id").GetString()!;
    }

    private static (int Status, string Text) Of(RawAnswer answer) => (answer.Status, answer.Text);

    private static (int Status, string? Challenge) Of401(RawAnswer answer) => (answer.Status, answer.Header("WWW-Authenticate"));
}
