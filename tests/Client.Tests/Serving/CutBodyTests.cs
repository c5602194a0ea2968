using System.Globalization;
using System.Text;
using StreamBack.Client.Tests.Harness;
using StreamBack.Server.Tests.Faults;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Bodies that end at any byte, in order or broken off: nothing of them is kept, and nothing is left behind.</summary>
public sealed class CutBodyTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    /// <summary>Places in each of the eight ways; 200 in all, and ten times as many when every case is run.</summary>
    private static readonly int Places = Sample.All ? 250 : 25;

    /// <summary>Bytes of a chunk: several of them in what the server reads at once, and several reads in a body.</summary>
    private const int ChunkLength = 50_000;

    /// <summary>Puts that the server may still be giving up when the next one comes.</summary>
    private const int AtOnce = 8;

    [Theory]
    [InlineData("raw", false, false)]
    [InlineData("raw", false, true)]
    [InlineData("raw", true, false)]
    [InlineData("raw", true, true)]
    [InlineData("tar", false, false)]
    [InlineData("tar", false, true)]
    [InlineData("tar", true, false)]
    [InlineData("tar", true, true)]
    public async Task Nothing_is_kept(string kind, bool chunked, bool reset)
    {
        var random = new Random(Sample.FuzzSeed + kind[0] + (chunked ? 1000 : 0) + (reset ? 2000 : 0));
        var stream = kind == "tar" ? Tars.Make("head -c 700000 /dev/urandom > a; echo b > b", "a b") : Bytes.Random(800_000, random.Next());
        var body = chunked ? Chunk(stream) : stream;
        var head = Encoding.ASCII.GetBytes(
            $"PUT /api/v1/snapshots/cut HTTP/1.1\r\n{fixture.Head}{(chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {body.Length}")}\r\n\r\n");
        for (var place = 0; place < Places; place++)
        {
            // Always some of the last bytes too: there the stream is whole, and only HTTP knows that its end is missing.
            var cut = place < 5 ? body.Length - 1 - place : random.Next(body.Length);
            using var connection = new RawConnection(fixture.Server);
            connection.Say(head).Say(body.AsSpan(0, cut));
            if (random.Next(4) == 0)
                await Task.Delay(random.Next(50));
            if (reset)
                connection.Reset();
            else
                connection.Finish();

            // Who breaks off is not heard leaving: the bound of memory is for a few at once.
            await ServerFixture.Until(() => fixture.Home.Repository.Sessions.Length < AtOnce, "sessions do not end");
        }

        await fixture.AssertNothingKept();
        fixture.AssertWell();

        // The same body, whole, shows that it was the cut that was refused.
        using var whole = new RawConnection(fixture.Server);
        var answer = whole.Say(Encoding.ASCII.GetString(head).Replace("/cut ", "/cut?dry-run=1 ", StringComparison.Ordinal)).Say(body).Hear();
        Assert.Equal(200, answer?.Status);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\"length\":{stream.Length},"), answer!.Text, StringComparison.Ordinal);
        (await fixture.Home.Run("check", "--read-data")).Succeeded();
    }

    [Fact]
    public async Task What_is_wrong_with_a_body_is_told_in_words_of_http()
    {
        var framing = fixture.Ask("PUT /api/v1/snapshots/framed", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\nzz\r\n\r\n");
        Assert.Equal(422, framing.Status);
        Assert.Contains("Bad chunk", framing.Text, StringComparison.Ordinal);
        var tar = fixture.Ask("PUT /api/v1/snapshots/cut", "Content-Length: 4000\r\n", Encoding.Latin1.GetString(Tars.Small[..4000]));
        Assert.Equal(422, tar.Status);
        Assert.Contains("?allow=truncated", tar.Text, StringComparison.Ordinal);
        await fixture.AssertNothingKept();
    }

    private static byte[] Chunk(byte[] stream)
    {
        var chunks = stream.Chunk(ChunkLength).Select(chunk => (byte[])[.. Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"), .. chunk, .. "\r\n"u8]);
        return [.. chunks.SelectMany(chunk => chunk), .. "0\r\n\r\n"u8];
    }
}
