using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Tokens that are none, in places that are none, and a file of tokens that somebody spoils while the server runs.</summary>
public sealed class TokenTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private string TokenFile => Directory.GetFiles(fixture.Home.At("state"), "tokens.json", SearchOption.AllDirectories).Single();

    [Theory]
    [InlineData("")]
    [InlineData("Authorization: Bearer\r\n")]
    [InlineData("Authorization: Bearer \r\n")]
    [InlineData("Authorization: {token}\r\n")]
    [InlineData("Authorization: Bearer{token}\r\n")]
    [InlineData("Authorization: Bearer  \"{token}\"\r\n")]
    [InlineData("Authorization: Bearer {token} {token}\r\n")]
    [InlineData("Authorization: Bearer {token},Bearer {token}\r\n")]
    [InlineData("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n")]
    [InlineData("Authorization: Bearer {token}x\r\n")]
    [InlineData("Authorization: Bearer {shorter}\r\n")]
    [InlineData("Authorization: Bearer {upper}\r\n")]
    [InlineData("Authorization: Bearer {hash}\r\n")]
    [InlineData("Authorization: Bearer sb0_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n")]
    [InlineData("Authorization: Bearer sb1_\r\n")]
    [InlineData("Authorization: Bearer {long}\r\n")]
    [InlineData("Authorization: Token {token}\r\n")]
    [InlineData("Authorization: Basic {basic}\r\n")]
    [InlineData("Proxy-Authorization: Bearer {token}\r\n")]
    [InlineData("X-Authorization: Bearer {token}\r\n")]
    [InlineData("Cookie: token={token}; Authorization=Bearer {token}\r\n")]
    public void A_token_counts_only_where_and_as_it_is(string header)
    {
        header = header
            .Replace("{token}", fixture.Token, StringComparison.Ordinal)
            .Replace("{shorter}", fixture.Token[..^1], StringComparison.Ordinal)
            .Replace("{upper}", fixture.Token.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{hash}", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(fixture.Token))), StringComparison.Ordinal)
            .Replace("{basic}", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes("user:" + fixture.Token)), StringComparison.Ordinal)
            .Replace("{long}", new string('A', 100_000), StringComparison.Ordinal);
        foreach (var address in new[] { "", "/seed", "/seed@latest", "/seed@latest/info", $"?token={fixture.Token}&access_token={fixture.Token}&authorization=Bearer%20{fixture.Token}" })
        {
            using var connection = new RawConnection(fixture.Server);
            var answer = connection.Say($"GET /api/v1/snapshots{address} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n").Hear();
            Assert.Equal((address, 401, "Bearer"), (address, answer?.Status, answer?.Header("WWW-Authenticate")));
            Assert.DoesNotContain(fixture.SeedId, answer!.Head + answer.Text, StringComparison.Ordinal);
        }

        fixture.AssertWell();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"tokens\":null}")]
    [InlineData("{\"tokens\":[null]}")]
    [InlineData("{\"tokens\":[{}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":null,\"allow\":[\"get\"],\"prefixes\":[],\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":null,\"prefixes\":[],\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":[null],\"prefixes\":[],\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":[],\"prefixes\":[],\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":[\"everything\"],\"prefixes\":[],\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":[\"get\"],\"prefixes\":[null],\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":[\"get\"],\"prefixes\":[\"\"],\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":[\"get\"],\"prefixes\":null,\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":[\"get\"],\"created\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"tokens\":[{{entry}},{{entry}}]}")]
    public void A_spoilt_file_of_tokens_lets_nobody_in_and_does_not_say_where_it_is(string content)
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(fixture.Token)));
        content = content
            .Replace("{{entry}}", "{\"name\":\"x\",\"hash\":\"{hash}\",\"allow\":[\"get\"],\"prefixes\":[],\"created\":\"2026-01-01T00:00:00Z\"}", StringComparison.Ordinal)
            .Replace("{hash}", hash, StringComparison.Ordinal);
        Spoil(file =>
        {
            File.WriteAllText(file, content);
            for (var time = 0; time < 2; time++)
            {
                var answer = fixture.Ask("GET /api/v1/snapshots/seed@latest");
                Assert.Equal(500, answer.Status);
                Assert.DoesNotContain("tokens.json", answer.Text, StringComparison.Ordinal);
            }

            Assert.Equal(500, fixture.Ask("PUT /api/v1/snapshots/x", "Content-Length: 1\r\n", "x").Status);
        });
    }

    [Fact]
    public void Every_cut_of_the_file_of_tokens_lets_nobody_in() => Spoil(file =>
    {
        var good = File.ReadAllText(file).TrimEnd();
        for (var length = 0; length < good.Length; length += 3)
        {
            File.WriteAllText(file, good[..length]);
            Assert.Equal((length, 500), (length, fixture.Ask("GET /api/v1/snapshots").Status));
        }
    });

    [Fact]
    public void A_file_that_changes_its_tokens_and_neither_its_length_nor_its_time_is_read_again() => Spoil(file =>
    {
        var (written, good) = (File.GetLastWriteTimeUtc(file), File.ReadAllText(file));
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(fixture.Token)));
        Assert.Equal(200, fixture.Ask("GET /api/v1/snapshots").Status);
        File.WriteAllText(file, good.Replace(hash, new string('0', hash.Length), StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(file, written);
        Assert.Equal(401, fixture.Ask("GET /api/v1/snapshots").Status);
    });

    [Fact]
    public void Without_the_file_nobody_is_known() => Spoil(file =>
    {
        File.Delete(file);
        Assert.Equal(401, fixture.Ask("GET /api/v1/snapshots").Status);
        Directory.CreateDirectory(file);
        Assert.Equal(401, fixture.Ask("GET /api/v1/snapshots").Status);
        Directory.Delete(file);
        File.WriteAllText(file, "{\"tokens\":[]}");
        Assert.Equal(401, fixture.Ask("GET /api/v1/snapshots").Status);
    });

    [Fact]
    public async Task Where_a_token_is_kept_is_said_unless_one_said_it_oneself()
    {
        var home = fixture.Home;
        var first = (await home.Run("token", "add", "told", "--allow", "list")).Succeeded();
        Assert.Contains(Path.GetDirectoryName(TokenFile)!, Assert.Single(first.Errors.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.StartsWith("sb1_", Assert.Single(first.Lines), StringComparison.Ordinal);
        Assert.Equal("", (await home.Run("token", "add", "own", "--allow", "list", "--state", home.At("own"))).Succeeded().Errors);
    }

    // What was good counts again as soon as it is back.
    private void Spoil(Action<string> spoil)
    {
        var file = TokenFile;
        var good = File.ReadAllText(file);
        try
        {
            spoil(file);
            fixture.AssertWell();
        }
        finally
        {
            File.WriteAllText(file, good);
        }

        Assert.Equal(200, fixture.Ask("GET /api/v1/snapshots").Status);
        fixture.AssertWell();
    }
}
