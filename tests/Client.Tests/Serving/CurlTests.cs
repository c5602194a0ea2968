using System.Text.Json;
using System.Text.RegularExpressions;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Puts and gets by real curl and real tar.</summary>
public sealed class CurlTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();
    private ServerProcess server = null!;
    private string token = "";

    public async Task InitializeAsync()
    {
        await home.Put("first", [1, 2, 3]);
        token = await ServerProcess.Token(home, "all", "put,get,list,maintain");
        home["T"] = token;
        server = await ServerProcess.Start(home);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        server?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task A_tar_goes_there_and_comes_back()
    {
        await Tars.MakeTree(home);
        (await server.Shell("""
            tar cS tree | tee in.tar | curl -sfT - -H "Authorization: Bearer $T" $S/web1/etc > put.json
            curl -sf -H "Authorization: Bearer $T" $S/web1/etc@latest | cmp - in.tar
            curl -sf -H "Authorization: Bearer $T" $S/web1/etc@latest | tar d
            streamback get web1/etc | cmp - in.tar
            """)).Succeeded();
        var facts = JsonDocument.Parse(File.ReadAllBytes(home.At("put.json"))).RootElement;
        Assert.Equal(("web1/etc", "tar"), (facts.GetProperty("name").GetString(), facts.GetProperty("kind").GetString()));
        Assert.True(facts.GetProperty("storedBytes").GetInt64() > 0);
    }

    [Fact]
    public async Task A_download_that_broke_off_goes_on_byte_for_byte()
    {
        home.Write("in", Bytes.Random(3_000_000, 1));
        (await server.Shell("""
            streamback put big < in
            id=$(streamback show big --json | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
            head -c 1000001 in > out
            curl -sf -C - -o out -H "Authorization: Bearer $T" $S/big@$id
            cmp in out
            """)).Succeeded();
    }

    [Fact]
    public async Task Going_on_with_whatever_is_latest_is_refused_and_the_fixed_address_told()
    {
        home.Write("out", [1]);
        var answer = await server.Shell("curl -s -D - -o /dev/null -r 1- -H \"Authorization: Bearer $T\" $S/first@latest");
        Assert.StartsWith("HTTP/1.1 412", answer.Text, StringComparison.Ordinal);
        Assert.Contains("Content-Location: /api/v1/snapshots/first@", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0-0", "\u0001", "bytes 0-0/3")]
    [InlineData("1-", "\u0002\u0003", "bytes 1-2/3")]
    [InlineData("-2", "\u0002\u0003", "bytes 1-2/3")]
    [InlineData("1-99", "\u0002\u0003", "bytes 1-2/3")]
    public async Task A_range_is_those_bytes(string range, string bytes, string says)
    {
        var id = (await home.Run("show", "first", "--json")).Json.GetProperty("id").GetString();
        var answer = (await server.Shell($"curl -sf -D head -r {range} -H \"Authorization: Bearer $T\" $S/first@{id}")).Succeeded();
        Assert.Equal(bytes, answer.Text);
        Assert.Contains($"Content-Range: {says}", File.ReadAllText(home.At("head")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_beyond_the_end_is_416()
    {
        var id = (await home.Run("show", "first", "--json")).Json.GetProperty("id").GetString();
        Assert.Equal(416, await server.Status(token, $"-r 3- $S/first@{id}"));
    }

    [Fact]
    public async Task Every_range_of_a_tar_is_that_of_the_stream()
    {
        await Tars.MakeTree(home);
        (await server.Shell("""
            tar cS tree > in.tar
            id=$(streamback put t --json < in.tar | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
            size=$(stat -c %s in.tar)
            for i in $(seq 25); do
              from=$((RANDOM * 32768 % size)); to=$((from + RANDOM * 11 % (size - from)))
              curl -sf -r $from-$to -H "Authorization: Bearer $T" $S/t@$id | cmp - <(tail -c +$((from + 1)) in.tar | head -c $((to - from + 1)))
            done
            """)).Succeeded();
    }

    [Fact]
    public async Task The_head_tells_length_tag_digest_and_fixed_address()
    {
        var facts = (await home.Run("show", "first", "--json")).Json;
        var head = (await server.Shell("curl -sfI -H \"Authorization: Bearer $T\" $S/first@latest")).Succeeded().Text;
        var id = facts.GetProperty("id").GetString();
        Assert.Contains("Content-Length: 3\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"ETag: \"{id}\"", head, StringComparison.Ordinal);
        Assert.Contains($"Content-Location: /api/v1/snapshots/first@{id}", head, StringComparison.Ordinal);
        Assert.Contains($"Repr-Digest: sha-256=:{Convert.ToBase64String(Convert.FromHexString(facts.GetProperty("sha256").GetString()!))}:", head, StringComparison.Ordinal);
        Assert.Equal(304, await server.Status(token, $"-H 'If-None-Match: \"{id}\"' $S/first@latest"));
        Assert.Equal(412, await server.Status(token, "-H 'If-Match: \"other\"' $S/first@latest"));
    }

    [Fact]
    public async Task A_truncated_tar_is_422_and_nothing_is_kept()
    {
        home.Write("cut", Tars.Small[..4000]);
        var answer = await server.Shell("curl -s -w '%{http_code}' -T cut -H \"Authorization: Bearer $T\" $S/cut");
        Assert.Contains("\"code\":\"incomplete\"", answer.Text, StringComparison.Ordinal);
        Assert.EndsWith("422", answer.Text, StringComparison.Ordinal);
        (await home.Run("show", "cut")).FailedWith(5, "'cut'");
        Assert.Equal(201, await server.Status(token, "-T cut \"$S/cut?allow=truncated\""));
        Assert.Contains("StreamBack-Marks: truncated", (await server.Shell("curl -sI -H \"Authorization: Bearer $T\" $S/cut@latest")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_of_what_stops_being_a_tar_tells_that_members_may_be_missing()
    {
        home.Write("tail", [.. Tars.Small[..5120], .. Bytes.Random(5000, 3)]); // behind the last member
        Assert.Equal(201, await server.Status(token, "-T tail $S/tail"));
        foreach (var query in new[] { "", "?path=b" })
            Assert.Contains("StreamBack-Marks: raw-tail", (await server.Shell($"curl -sf -D - -o part -H \"Authorization: Bearer $T\" \"$S/tail@latest{query}\"")).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_cut_short_keeps_nothing()
    {
        home.Write("body", Bytes.Random(200_000, 2));
        const string Send = """
            send() { # NAME BYTES
              exec 3<>/dev/tcp/127.0.0.1/${A##*:}
              printf 'PUT /api/v1/snapshots/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n' $1 $T >&3
              head -c $2 body >&3
            }
            """;
        (await server.Shell(Send + "\nsend whole 200000; head -1 <&3 | grep -q ' 201 '")).Succeeded();
        (await home.Run("show", "whole")).Succeeded();
        (await server.Shell(Send + """

            for cut in 0 1 999 199999 $(for i in $(seq 20); do echo $((RANDOM * 6)); done); do send short $cut; exec 3>&-; done
            """)).Succeeded();
        Assert.Equal(0, await server.Signal("TERM")); // not before it has seen all of them
        (await home.Run("show", "short")).FailedWith(5, "'short'");
    }

    [Fact]
    public async Task Lists_are_json_lines_with_an_end()
    {
        await home.Put("web1/a", [1]);
        await home.Put("web1/b", [2]);
        var lines = (await server.Shell("curl -sf -H \"Authorization: Bearer $T\" \"$S?prefix=web1/\"")).Succeeded().Lines;
        Assert.Equal(["web1/a", "web1/b"], lines[..^1].Select(line => JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()));
        Assert.Equal("""{"end":true}""", lines[^1]);
        Assert.Equal(2, (await server.Shell("curl -sf -H \"Authorization: Bearer $T\" $S/first")).Succeeded().Lines.Length);
        Assert.Equal(404, await server.Status(token, "$S/none"));
        Assert.Equal(200, await server.Status(token, "$S/first@latest/info"));
    }

    [Fact]
    public async Task Tags_are_given_and_taken()
    {
        Assert.Equal(204, await server.Status(token, "-d '{\"add\":[\"kept\"]}' $S/first@latest/tags"));
        Assert.Contains("#kept", (await home.Run("list", "first")).Text, StringComparison.Ordinal);
        Assert.Equal(400, await server.Status(token, "-d 'no' $S/first@latest/tags"));
    }

    [Fact]
    public async Task A_damaged_snapshot_breaks_off_and_stays_damaged()
    {
        (await home.Shell("head -c 300000 /dev/urandom > a && tar c a | streamback put t")).Succeeded();
        foreach (var bundle in home.Repository.Bundles)
            RepositoryFiles.Flip(bundle, 20_000);
        var answer = await server.Shell("curl -sf -H \"Authorization: Bearer $T\" $S/t@latest | tar t");
        Assert.NotEqual(0, answer.ExitCode);
        Assert.Equal(500, await server.Status(token, "$S/t@latest"));
    }

    [Theory]
    [InlineData("$S/a//b", 400)]
    [InlineData("--path-as-is $S/../../etc/passwd", 404)]
    [InlineData("--path-as-is $S/%2e%2e/x", 404)]
    [InlineData("$S/a%2Fb", 400)]
    [InlineData("$S/a%00", 400)]
    [InlineData("$S/.hidden@latest", 400)]
    [InlineData("$S/first@nothing", 400)]
    [InlineData("$S/first@-2", 404)]
    [InlineData("$A/api/v1/nothing", 404)]
    [InlineData("-X DELETE $S/first@latest", 403)] // the token may not
    [InlineData("-X PATCH $S/first@latest", 405)]
    [InlineData("-X PUT -d x \"$S/first?raw=2\"", 400)]
    [InlineData("-X PUT -d x \"$S/first?allow=all\"", 400)]
    [InlineData("-X PUT -d x $S/first@latest", 400)]
    [InlineData("-H @long $S/first", 431)]
    public async Task What_is_wrong_is_refused(string request, int status)
    {
        home.Write("long", System.Text.Encoding.ASCII.GetBytes("X: " + new string('x', 200_000)));
        Assert.Equal(status, await server.Status(token, request));
    }
}
