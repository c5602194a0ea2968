using StreamBack.Server.Tests.Faults;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What a request is about, and so what of a token's prefixes must cover it.</summary>
internal enum About
{
    /// <summary>One name.</summary>
    Name,

    /// <summary>The whole repository: every name.</summary>
    Whole,

    /// <summary>Whatever the prefixes cover.</summary>
    Covered,
}

/// <summary>A request of wire-protocol.md, and who may send it.</summary>
/// <param name="Line">Method and target, without the version; NAME and OBJECT stand for a snapshot's name and an object's id.</param>
/// <param name="Needs">All the capabilities that it needs.</param>
/// <param name="About">What it is about.</param>
/// <param name="Status">How it is answered to who may.</param>
/// <param name="Body">Its body.</param>
/// <param name="Headers">More headers, each with its line end.</param>
internal sealed record AccessRequest(string Line, string[] Needs, About About, int Status = 200, string Body = "", string Headers = "")
{
    /// <summary>The one name that prefixes of this test cover.</summary>
    public const string Inside = "web1/etc";

    /// <summary>The name that they do not.</summary>
    public const string Outside = "web2/etc";

    /// <summary>All capabilities.</summary>
    public static readonly string[] Capabilities = ["put", "get", "list", "remove", "maintain", "objects", "objects-put"];

    /// <summary>Every request but those of put sessions, which need a session first.</summary>
    public static readonly AccessRequest[] All =
    [
        new("PUT /api/v1/snapshots/NAME", ["put"], About.Name, 201, "x"),
        new("PUT /api/v1/snapshots/NAME?tag=a&raw=1&command=b", ["put"], About.Name, 201, "x"),
        new("PUT /api/v1/snapshots/NAME?dry-run=1", ["put"], About.Name, 200, "x"),
        new("PUT /api/v1/snapshots/NAME?time=2026-01-01", ["put", "maintain"], About.Name, 201, "x"),
        new("PUT /api/v1/snapshots/NAME?dry-run=1&time=2026-01-01", ["put", "maintain"], About.Name, 200, "x"),
        new("GET /api/v1/snapshots/NAME@latest", ["get"], About.Name),
        new("GET /api/v1/snapshots/NAME@-1", ["get"], About.Name),
        new("HEAD /api/v1/snapshots/NAME@latest", ["get"], About.Name),
        new("GET /api/v1/snapshots/NAME@latest", ["get"], About.Name, 206, Headers: "Range: bytes=0-0\r\n"),
        new("GET /api/v1/snapshots/NAME@latest", ["get"], About.Name, 304, Headers: "If-None-Match: *\r\n"),
        new("GET /api/v1/snapshots/NAME@latest", ["get"], About.Name, 416, Headers: "Range: bytes=50-51\r\n"),
        new("GET /api/v1/snapshots/NAME@latest?path=a", ["get"], About.Name, 400), // it is no tar
        new("HEAD /api/v1/snapshots/NAME@latest?path=a", ["get"], About.Name, 400),
        new("GET /api/v1/snapshots/NAME@latest?path", ["get"], About.Name, 400),
        new("GET /api/v1/snapshots/NAME@latest/catalog", ["get"], About.Name),
        new("GET /api/v1/snapshots/NAME@latest/catalog?path=stream&depth=0", ["get"], About.Name),
        new("GET /api/v1/snapshots/NAME@latest/catalog?depth=infinity&all", ["get"], About.Name),
        new("GET /api/v1/snapshots/NAME@latest/member?path=stream", ["get"], About.Name),
        new("HEAD /api/v1/snapshots/NAME@latest/member?path=stream", ["get"], About.Name),
        new("GET /api/v1/snapshots/NAME@latest/member?path=none", ["get"], About.Name, 404),
        new("GET /api/v1/snapshots/NAME@latest/member", ["get"], About.Name, 400),
        new("GET /api/v1/diff?from=NAME@latest&to=NAME@-1", ["get"], About.Name),
        new("GET /api/v1/diff?from=NAME&to=NAME&path=stream", ["get"], About.Name),
        new("GET /api/v1/find?pattern=stream", ["get"], About.Covered),
        new("GET /api/v1/find?pattern=stream&name=web1/", ["get"], About.Covered),
        new("GET /api/v1/find?pattern=none&name=NAME", ["get"], About.Name),
        new("GET /api/v1/snapshots", ["list"], About.Covered),
        new("GET /api/v1/snapshots?prefix=web2/", ["list"], About.Covered),
        new("GET /api/v1/snapshots/NAME", ["list"], About.Name),
        new("HEAD /api/v1/snapshots/NAME", ["list"], About.Name),
        new("GET /api/v1/snapshots/NAME@latest/info", ["list"], About.Name),
        new("HEAD /api/v1/snapshots/NAME@latest/info", ["list"], About.Name),
        new("POST /api/v1/snapshots/NAME@latest/tags", ["maintain"], About.Name, 204, "{\"add\":[\"x\"]}"),
        new("POST /api/v1/snapshots/NAME@latest/tags", ["maintain"], About.Name, 204, "{\"remove\":[\"x\"]}"),
        new("POST /api/v1/snapshots/NAME@latest/verify", ["maintain"], About.Name),
        new("POST /api/v1/check?data=10%25&max-seconds=1&max-bytes=1", ["maintain"], About.Whole),
        new("POST /api/v1/check?data=much", ["maintain"], About.Whole, 400),
        new("POST /api/v1/snapshots/NAME@latest/hold", ["maintain"], About.Name, 204),
        new("POST /api/v1/snapshots/NAME@latest/release", ["maintain"], About.Name, 204),
        new("DELETE /api/v1/snapshots/NAME@ffffffff", ["remove"], About.Name, 404),
        new("GET /api/v1/removed", ["list"], About.Covered),
        new("GET /api/v1/removed?prefix=web2/", ["list"], About.Covered),
        new("POST /api/v1/removed", ["list"], About.Covered, 200, "{\"ids\":[\"x\"]}"),
        new("POST /api/v1/undelete", ["remove"], About.Covered, 404, "{\"id\":\"x\"}"),
        new("POST /api/v1/forget", ["remove", "list"], About.Covered, 200, "{\"name\":\"web1/etc\",\"last\":1000}"),
        new("POST /api/v1/prune?dry-run=1", ["maintain"], About.Whole),
        new("POST /api/v1/prune", ["maintain"], About.Whole),
        new("GET /api/v1/repository", [], About.Covered),
        new("GET /api/v1/late", ["list"], About.Covered),
        new("GET /api/v1/late?expect=web1/%3D90", ["list"], About.Covered),
        new("GET /api/v1/checks", ["maintain"], About.Whole),
        new("GET /api/v1/stats", ["maintain"], About.Whole),
        new("POST /api/v1/check", ["maintain"], About.Whole),
        new("POST /api/v1/check?data=1", ["maintain"], About.Whole),
        new("GET /metrics", ["maintain"], About.Whole),
        .. new[] { "bundles", "index", "snapshots", "labels", "removals", "config" }.SelectMany(kind => new AccessRequest[]
        {
            new($"GET /api/v1/objects/{kind}", ["objects"], About.Whole),
            new($"HEAD /api/v1/objects/{kind}", ["objects"], About.Whole),
        }),
        new("GET /api/v1/objects/snapshots/OBJECT", ["objects"], About.Whole),
        new("HEAD /api/v1/objects/snapshots/OBJECT", ["objects"], About.Whole),
        new("GET /api/v1/objects/snapshots/OBJECT", ["objects"], About.Whole, 206, Headers: "Range: bytes=0-1\r\n"),
        new("GET /api/v1/objects/snapshots/OBJECT", ["objects"], About.Whole, 304, Headers: "If-None-Match: *\r\n"),
        new("PUT /api/v1/objects/snapshots/OBJECT", ["objects-put"], About.Whole, 200, "x"),
        new("DELETE /api/v1/objects/snapshots/OBJECT", ["objects-put", "remove"], About.Whole, 403),
    ];

    /// <summary>Each capability alone, all but it, all; and what goes together.</summary>
    public static IEnumerable<string> Sets => [.. Capabilities, .. Capabilities.Select(AllBut), AllBut(""), "put,get", "put,maintain", "maintain,list"];

    /// <summary>All capabilities but one, joined by commas.</summary>
    public static string AllBut(string one) => string.Join(',', Capabilities.Except([one]));

    /// <summary>Every set of <see cref="Sets"/> with every name and with a prefix; one name alone with everything.</summary>
    public static TheoryData<string, string> Grants() => With(Sets);

    /// <summary>As <see cref="Grants"/>, of each capability alone, all but getting, and all.</summary>
    public static TheoryData<string, string> GrantsOfLines() => With([.. Capabilities, AllBut("get"), AllBut("")]);

    /// <summary>What verbs are run with: sets of capabilities, a prefix or none, and the name that is asked for.</summary>
    /// <param name="needs">The capabilities that the verb needs.</param>
    /// <remarks>
    /// Each capability alone, inside and outside of a prefix; all but each that is needed; what is needed and all, everywhere, inside
    /// and outside. When every case is run, every set everywhere, inside and outside: a process for each takes minutes.
    /// </remarks>
    public static IEnumerable<(string Allow, string Prefix, string Name)> Cells(string[] needs)
    {
        (string Prefix, string Name)[] places = [("", Outside), ("web1/", Inside), ("web1/", Outside)];
        string[] whole = [string.Join(',', needs), AllBut("")];
        if (Sample.All)
            return Sets.Concat(whole).Distinct().SelectMany(allow => places.Select(place => (allow, place.Prefix, place.Name)));
        return whole.SelectMany(allow => places.Select(place => (allow, place.Prefix, place.Name)))
            .Concat(Capabilities.Except(whole).SelectMany(allow => places[1..].Select(place => (allow, place.Prefix, place.Name))))
            .Concat(needs.Select(one => (AllBut(one), places[1].Prefix, places[1].Name)));
    }

    /// <summary>Whether it may be sent by who was granted this.</summary>
    /// <param name="name">What is put for NAME.</param>
    public bool MayBeSent(string allow, string prefix, string name) =>
        Needs.All(allow.Split(',').Contains) && (prefix == "" || About == About.Covered || (About == About.Name && name == Inside));

    private static TheoryData<string, string> With(IEnumerable<string> sets)
    {
        var data = new TheoryData<string, string>();
        foreach (var allow in sets)
        {
            data.Add(allow, "");
            data.Add(allow, "web1/");
        }

        data.Add(AllBut(""), Inside);
        return data;
    }
}
