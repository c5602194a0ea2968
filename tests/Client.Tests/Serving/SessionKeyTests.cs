using System.Text;
using System.Text.Json.Nodes;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Over ssh, to a machine that has the repository and no key: the client brings a put key, and the private half stays.</summary>
public sealed class SessionKeyTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();
    private SshServer? sshd;

    public async Task InitializeAsync()
    {
        home.Write("in", Bytes.Random(3_000_000, 1));
        (await home.Shell("""
            set -e
            streamback put seed < in
            streamback key export-put put.key
            mkdir owner && mv config/streamback/key owner/key
            """)).Succeeded();
        sshd = await SshServer.Start(home);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        sshd?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task With_the_full_key_here_everything_goes_and_none_is_left_there()
    {
        (await home.Shell("""
            set -e
            export STREAMBACK_REPOSITORY=ssh://host$PWD/data/streamback STREAMBACK_KEY_FILE=$PWD/owner/key
            streamback get seed | cmp - in
            { cat in; echo more; } | tee more | streamback put seed
            streamback get seed | cmp - more
            head -c 1000001 more > out.$(streamback list seed --json | tail -1 | sed 's/.*"id":"\(.\{8\}\).*/\1/').partial
            streamback get seed -o out && cmp out more
            streamback tag seed kept && streamback list | grep -q '#kept'
            streamback check --read-data --json | grep -q '"dataVerified":true,"problems":\[\]'
            streamback stats > /dev/null
            test -z "$(ls data/streamback/keys)" -a ! -e config/streamback/key
            """)).Succeeded();
    }

    [Fact]
    public async Task With_a_put_key_here_it_puts_and_gets_nothing()
    {
        home["STREAMBACK_REPOSITORY"] = "ssh://host" + home.At("data/streamback");
        home["STREAMBACK_KEY_FILE"] = home.At("put.key");
        (await home.Feed([1, 2, 3], "put", "small")).Succeeded();
        (await home.Run("list")).Succeeded();
        (await home.Run("get", "small")).FailedWith(6, "only stores");
    }

    [Fact]
    public async Task Without_a_key_on_either_side_it_says_so()
    {
        home["STREAMBACK_REPOSITORY"] = "ssh://host" + home.At("data/streamback");
        (await home.Run("list")).FailedWith(6, "neither has this one");
        (await home.Shell("echo x | ssh host streamback put x")).FailedWith(6, "No key");
    }

    [Fact]
    public async Task Nothing_but_a_put_key_of_this_repository_is_taken()
    {
        (await home.Shell("streamback --repository other --key-file other.key init && streamback --repository other --key-file other.key key export-put other-put.key")).Succeeded();
        home.Write("made-up.key", Changed("put.key", key => key["secret"] = Convert.ToBase64String([1, .. Bytes.Random(32, 3), 1, .. Bytes.Random(32, 4)])));
        home.Write("says-put.key", Changed("owner/key", key => key["holds"] = "put"));
        File.CreateSymbolicLink(home.At($"data/streamback/snapshots/{new string('a', 64)}"), "gone"); // listed, and not there: proves no key
        foreach (var refused in new[] { "owner/key", "other-put.key", "made-up.key", "says-put.key", "in", "/dev/null" })
            Assert.Matches("^(400|403) 403 ", await Statuses(refused));
        Assert.Equal("204 200 403", await Statuses("put.key"));
    }

    [Fact]
    public async Task A_key_of_another_repository_is_not_sent()
    {
        (await home.Shell("streamback --repository other --key-file other.key init")).Succeeded();
        home["STREAMBACK_REPOSITORY"] = "ssh://host" + home.At("data/streamback");
        home["STREAMBACK_KEY_FILE"] = home.At("other.key");
        (await home.Feed([1, 2, 3], "put", "small")).FailedWith(6, "nothing of it was sent");
        home["STREAMBACK_KEY_FILE"] = null;
        (await home.Run("list", "--key-file", "other.key")).FailedWith(6, "nothing of it was sent");
    }

    [Theory]
    [InlineData("GET /api/v1/snapshots")]
    [InlineData("GET /api/v1/stats")]
    [InlineData("GET /api/v1/late")]
    [InlineData("POST /api/v1/forget")]
    [InlineData("DELETE /api/v1/snapshots/x@latest")]
    [InlineData("PUT /api/v1/snapshots/x")]
    [InlineData("POST /api/v1/sessions?name=x&mode=stream")]
    public async Task What_needs_a_key_is_not_answered_before_it_has_come(string request) => Assert.StartsWith(
        "HTTP/1.1 403", (await home.Feed(Encoding.ASCII.GetBytes($"{request} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), "serve", "--stdio")).Text, StringComparison.Ordinal);

    [Fact]
    public async Task A_server_with_a_key_takes_no_other()
    {
        (await home.Shell("mkdir -p config/streamback && cp owner/key config/streamback/key")).Succeeded();
        Assert.Equal("403 200 403", await Statuses("put.key"));
    }

    // Of bringing a key, of the list after it, and of bringing it once more.
    private async Task<string> Statuses(string key) => (await home.Shell($$"""
        {
          printf 'PUT /api/v1/session-key HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %s\r\n\r\n' $(cat {{key}} | head -c 70000 | wc -c); head -c 70000 {{key}}
          printf 'GET /api/v1/snapshots HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
          printf 'PUT /api/v1/session-key HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' $(stat -c %s put.key); cat put.key
        } | streamback serve --stdio | grep -a -o 'HTTP/1.1 [0-9]*' | cut -d' ' -f2 | paste -sd' '
        """)).Text.Trim();

    private byte[] Changed(string key, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllBytes(home.At(key)))!.AsObject();
        change(json);
        return Encoding.UTF8.GetBytes(json.ToJsonString() + "\n");
    }
}
