using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Ranges and conditions as nobody should send them: the right bytes, or a refusal; never a part of something else.</summary>
public sealed class HostileRangeTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("bytes=0-1,2-3", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=0-,0-,0-,0-", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=-0", 416, null)]
    [InlineData("bytes=4-4", 416, null)]
    [InlineData("bytes=4-", 416, null)]
    [InlineData("bytes=9223372036854775807-", 416, null)]
    [InlineData("bytes=-99", 206, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=-9223372036854775807", 206, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=0-9223372036854775807", 206, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=3-9223372036854775807", 206, "\u0004")]
    [InlineData("bytes=-9223372036854775808", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=0-99999999999999999999", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=2-1", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=a-b", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=0--1", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=-", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("octets=0-1", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=0-1\r\nRange: bytes=2-3", 200, "\u0001\u0002\u0003\u0004")]
    [InlineData("bytes=,1-2", 206, "\u0002\u0003")]
    public void A_range_is_answered_with_its_bytes_or_the_whole_or_416(string range, int status, string? bytes)
    {
        var answer = fixture.Ask($"GET /api/v1/snapshots/seed@{fixture.SeedId}", $"Range: {range}\r\n");
        Assert.Equal((status, bytes ?? ""), (answer.Status, answer.Text));
        if (status == 416)
            Assert.Equal("bytes */4", answer.Header("Content-Range"));
        fixture.AssertWell();
    }

    [Fact]
    public void A_thousand_ranges_are_the_whole() =>
        Assert.Equal(4, fixture.Ask($"GET /api/v1/snapshots/seed@{fixture.SeedId}", $"Range: bytes={string.Join(',', Enumerable.Repeat("0-", 1000))}\r\n").Body.Length);

    [Theory]
    [InlineData("If-Match: garbage", 412)]
    [InlineData("If-Match: ", 412)]
    [InlineData("If-Match: \"unterminated", 412)]
    [InlineData("If-Match: W/\"{id}\"", 412)]
    [InlineData("If-Match: \"other\"", 412)]
    [InlineData("If-Match: \"other\", \"{id}\"", 200)]
    [InlineData("If-Match: *", 200)]
    [InlineData("If-None-Match: *", 304)]
    [InlineData("If-None-Match: W/\"{id}\"", 304)]
    [InlineData("If-None-Match: garbage", 200)]
    [InlineData("If-None-Match: {id}", 200)]
    [InlineData("If-Modified-Since: garbage", 200)]
    [InlineData("If-Unmodified-Since: garbage", 200)]
    public void A_condition_that_cannot_be_read_is_not_met(string condition, int status)
    {
        var answer = fixture.Ask("GET /api/v1/snapshots/seed@latest", condition.Replace("{id}", fixture.SeedId, StringComparison.Ordinal) + "\r\n");
        Assert.Equal((status, status == 200 ? 4 : 0), (answer.Status, answer.Body.Length));
        fixture.AssertWell();
    }

    [Fact]
    public void A_date_is_compared_with_that_of_what_is_there()
    {
        foreach (var address in new[] { "/api/v1/snapshots/seed@latest", $"/dav/seed/@{fixture.SeedId}/stream", $"/api/v1/snapshots/seed@{fixture.SeedId}/member?path=stream" })
        {
            var told = fixture.Ask($"GET {address}").Header("Last-Modified")!;
            var modified = DateTime.Parse(told, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AdjustToUniversal);
            foreach (var (header, time, status) in new[]
            {
                ("If-Unmodified-Since", modified, 200), ("If-Unmodified-Since", modified.AddSeconds(9), 200), ("If-Unmodified-Since", modified.AddSeconds(-1), 412),
                ("If-Modified-Since", modified, 304), ("If-Modified-Since", modified.AddSeconds(-1), 200), ("If-Modified-Since", modified.AddSeconds(9), 200),
            })
            {
                Assert.Equal(status, fixture.Ask($"GET {address}", $"{header}: {time:R}\r\n").Status);
                Assert.Equal(200, fixture.Ask($"GET {address}", $"If-Match: *\r\nIf-None-Match: \"other\"\r\n{header}: {time:R}\r\n").Status); // a tag tells more
            }
        }

        fixture.AssertWell();
    }

    [Theory]
    [InlineData("\"{id}\"", true)]
    [InlineData("{id}", false)]
    [InlineData("W/\"{id}\"", false)]
    [InlineData("\"other\"", false)]
    [InlineData("*", false)]
    [InlineData("", false)]
    [InlineData("\"{id}\", \"other\"", false)]
    [InlineData("Mon, 01 Jan 2090 00:00:00 GMT", false)]
    [InlineData("garbage", false)]
    public void A_part_is_given_only_of_exactly_what_If_Range_names(string condition, bool isPart)
    {
        foreach (var range in new[] { "1-2", "1-" })
        {
            var answer = fixture.Ask(
                "GET /api/v1/snapshots/seed@latest", $"Range: bytes={range}\r\nIf-Range: {condition.Replace("{id}", fixture.SeedId, StringComparison.Ordinal)}\r\n");
            Assert.Equal(isPart ? 206 : 200, answer.Status);
        }

        fixture.AssertWell();
    }
}
