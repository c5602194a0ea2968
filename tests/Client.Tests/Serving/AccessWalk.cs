using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Sends every request of the protocol as somebody who was granted something, and compares each answer with what that allows.</summary>
/// <param name="ask">Sends a request and gives the answer; told whether it is a HEAD.</param>
/// <param name="head">The first headers of each request.</param>
/// <param name="objectId">Of a stored manifest.</param>
/// <param name="foreign">A put session that somebody else began, of <see cref="AccessRequest.Inside"/>.</param>
internal sealed class AccessWalk(Func<string, bool, Task<RawAnswer>> ask, string head, string objectId, string foreign)
{
    /// <summary>Sends all.</summary>
    /// <param name="allow">Capabilities, joined by commas.</param>
    /// <param name="prefix">Empty for every name.</param>
    public async Task Run(string allow, string prefix)
    {
        foreach (var name in new[] { AccessRequest.Inside, AccessRequest.Outside })
        {
            // What has no name in it is sent once.
            foreach (var request in AccessRequest.All.Where(request => name == AccessRequest.Inside || request.About == About.Name))
                await Check(request, name, request.MayBeSent(allow, prefix, name), allow, prefix);
            await CheckSession(Wire.StreamMode, ["put"], name, allow, prefix);
            await CheckSession(Wire.ChunksMode, ["put", "get"], name, allow, prefix);
        }

        // It has a key, and takes none from anybody.
        Assert.Equal(403, (await Ask("PUT /api/v1/session-key", "x")).Status);
        var mayReadObjects = prefix == "" && allow.Split(',').Contains("objects");
        Assert.Equal(mayReadObjects ? 404 : 403, (await Ask("GET /api/v1/objects/keys")).Status);
    }

    /// <summary>Begins a session.</summary>
    /// <returns>The answer.</returns>
    public Task<RawAnswer> Begin(string mode, string name) => Ask($"POST /api/v1/sessions?name={name}&mode={mode}");

    /// <summary>The id of a session that was begun.</summary>
    public static string Id(RawAnswer begun) => JsonDocument.Parse(begun.Text).RootElement.GetProperty("id").GetString()!;

    /// <summary>The statuses of how far it is, of records, and of a commit.</summary>
    public async Task<(int Tell, int Records, int Commit)> Use(string mode, string session)
    {
        var bytes = RandomNumberGenerator.GetBytes(16); // what is there already would not be taken
        var told = await Ask($"GET /api/v1/sessions/{session}");
        var records = await Ask($"POST /api/v1/sessions/{session}/records?first=0", Encoding.Latin1.GetString(Records(mode, bytes)));
        var end = $"{{\"sha256\":\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\",\"length\":{bytes.Length}{(mode == Wire.ChunksMode ? ",\"kind\":\"raw\"" : "")}}}";
        var commit = await Ask($"POST /api/v1/sessions/{session}/commit?first=1", end);
        return (told.Status, records.Status, commit.Status);
    }

    /// <summary>The status of giving a session up.</summary>
    public async Task<int> Abandon(string session) => (await Ask($"DELETE /api/v1/sessions/{session}")).Status;

    private async Task CheckSession(string mode, string[] needs, string name, string allow, string prefix)
    {
        foreach (var (query, more) in new[] { ("", Array.Empty<string>()), ("&time=2026-01-01", ["maintain"]) })
        {
            var begin = new AccessRequest($"POST /api/v1/sessions?name=NAME&mode={mode}{query}", [.. needs, .. more], About.Name, 201);
            var may = begin.MayBeSent(allow, prefix, name);
            var begun = await Check(begin, name, may, allow, prefix);
            Assert.Equal(may && mode == Wire.ChunksMode, begun.Text.Contains("gearTable", StringComparison.Ordinal));
            if (!may)
                continue;
            Assert.Equal((200, 200, 201), await Use(mode, Id(begun)));
            Assert.Equal((204, 404), (await Abandon(Id(begun)), await Abandon(Id(begun))));
            var other = Id(await Check(begin, name, may, allow, prefix));
            Assert.Equal((204, 404), (await Abandon(other), await Abandon(other)));
        }

        // Whatever one may do, what somebody else began is not there.
        Assert.Equal((404, 404, 404), await Use(mode, foreign));
        Assert.Equal(404, await Abandon(foreign));
    }

    private async Task<RawAnswer> Check(AccessRequest request, string name, bool may, string allow, string prefix)
    {
        var line = request.Line.Replace("NAME", name, StringComparison.Ordinal).Replace("OBJECT", objectId, StringComparison.Ordinal);
        var answer = await Ask(line, request.Body, request.Headers);
        Assert.Equal((line, request.Headers, allow, prefix, may ? request.Status : 403), (line, request.Headers, allow, prefix, answer.Status));
        if (prefix != "" && !line.Contains(AccessRequest.Outside, StringComparison.Ordinal))
            Assert.DoesNotContain("web2", answer.Text, StringComparison.Ordinal);
        if (!may || prefix != "" || !allow.Split(',').Contains("get"))
            Assert.DoesNotContain("storedBytes", answer.Text, StringComparison.Ordinal);
        return answer;
    }

    private Task<RawAnswer> Ask(string line, string body = "", string headers = "")
    {
        var length = line.StartsWith('P') ? $"Content-Length: {body.Length}\r\n" : "";
        return ask($"{line} HTTP/1.1\r\n{head}{headers}{length}\r\n{body}", line.StartsWith("HEAD", StringComparison.Ordinal));
    }

    private static byte[] Records(string mode, byte[] bytes)
    {
        if (mode == Wire.StreamMode)
            return Record(RecordKind.Stream, bytes);
        return [.. Record(RecordKind.Ask, RecordFormat.WriteAsk(Lane.Payload, [bytes.Length], SHA256.HashData(bytes))), .. Record(RecordKind.Chunks, bytes)];
    }

    private static byte[] Record(RecordKind kind, byte[] bytes)
    {
        var head = new byte[RecordFormat.HeadLength];
        RecordFormat.WriteHead(head, kind, bytes.Length);
        return [.. head, .. bytes];
    }
}
