using System.Security.Cryptography;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Http;
using StreamBack.Server.Tests.Faults;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Clients that say or take a byte now and then, or nothing at all: the others are served meanwhile.</summary>
public sealed class SlowClientTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    /// <summary>Connections that a server holds at once; docs/design/wire-protocol.md, 10.</summary>
    private const int MaxConnections = 256;

    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(10);

    /// <summary>Above Kestrel's 30 s for the headers of a request.</summary>
    private const int HeadersWithin = 60_000;

    [Fact]
    public async Task Bodies_that_drip_become_snapshots_and_hold_nobody_up()
    {
        const string Body = "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n";
        var dripping = Enumerable.Range(0, 8).Select(number => (Name: $"dry{number}", Connection: new RawConnection(fixture.Server))).ToList();
        foreach (var (name, connection) in dripping)
            connection.Say($"PUT /api/v1/snapshots/{name}?dry-run=1 HTTP/1.1\r\n{fixture.Head}Transfer-Encoding: chunked\r\n\r\n");
        foreach (var letter in Body)
        {
            dripping.ForEach(one => one.Connection.Say(letter.ToString()));
            await Task.Delay(Drip);
            AssertServed();
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData("hello, world"u8));
        foreach (var (name, connection) in dripping)
        {
            var answer = connection.Hear()!;
            Assert.Equal((name, 200), (name, answer.Status));
            Assert.Contains(hash, answer.Text, StringComparison.Ordinal);
            connection.Dispose();
        }

        fixture.AssertWell();
    }

    [Fact]
    public async Task Requests_that_never_get_to_their_end_hold_nobody_up()
    {
        var stalled = Enumerable.Range(0, 200).Select(_ => new RawConnection(fixture.Server)).ToList();
        for (var number = 0; number < stalled.Count; number++)
        {
            // In the request line, in a header, in a body; some have said nothing yet.
            stalled[number].Say((number % 20) switch
            {
                0 => $"PUT /api/v1/snapshots/stalled HTTP/1.1\r\n{fixture.Head}Content-Length: 100000\r\n\r\nx",
                1 => "PUT /api/v1/snap",
                2 => "",
                _ => $"GET /api/v1/snapshots HTTP/1.1\r\n{fixture.Head}X: ",
            });
        }

        await ServerFixture.Until(() => fixture.Home.Repository.Sessions.Length == stalled.Count / 20, "not every put has begun");
        for (var round = 0; round < 20; round++)
            AssertServed();
        fixture.AssertWell();
        if (Sample.All)
            Assert.All(Enumerable.Range(0, stalled.Count).Where(number => number % 20 > 2), number => Assert.True(stalled[number].Hear(HeadersWithin)?.Status is 408 || stalled[number].IsClosed));
        for (var number = 0; number < stalled.Count; number++)
        {
            if (number % 2 == 0)
                stalled[number].Reset();
            else
                stalled[number].Dispose();
        }

        await fixture.AssertNothingKept();
        fixture.AssertWell();
    }

    [Fact]
    public async Task Readers_that_stall_hold_nobody_up_and_the_server_little()
    {
        var stream = Bytes.Random(24_000_000, 1);
        fixture.Home.Write("in", stream);
        (await fixture.Server.Shell("curl -sf -T in -H \"Authorization: Bearer $T\" $S/long")).Succeeded();
        var stalled = Enumerable.Range(0, 24).Select(_ => new RawConnection(fixture.Server)).ToList();
        foreach (var reader in stalled)
            reader.Say($"GET /api/v1/snapshots/long@latest HTTP/1.1\r\n{fixture.Head}\r\n");
        for (var round = 0; round < 20; round++)
            AssertServed();
        var one = stalled[0].Hear()!;
        Assert.Equal((200, true), (one.Status, one.IsWhole));
        Assert.Equal(Wire.Digest(Convert.ToHexStringLower(SHA256.HashData(one.Body))), one.Header(Wire.DigestHeader));
        fixture.AssertWell();
        stalled.ForEach(reader => reader.Reset());
        AssertServed();
        fixture.AssertWell();
    }

    [Fact]
    public async Task Who_comes_beyond_the_last_connection_is_turned_away_until_another_leaves()
    {
        var connections = new List<RawConnection>();
        try
        {
            while (connections.Count < MaxConnections)
            {
                connections.Add(new RawConnection(fixture.Server));
                Assert.Equal(200, connections[^1].Say("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").Hear()?.Status);
            }

            using var beyond = new RawConnection(fixture.Server);
            Assert.Null(beyond.Say("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").Hear());
            Assert.True(beyond.IsClosed);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }

        await ServerFixture.Until(IsServed, "nobody is served any more");
        fixture.AssertWell();
    }

    public static TheoryData<string, int> Lines => Sample.All
        ? new() { { "get seed\n", 0 }, { "ge", 2 }, { "get seed", 2 }, { "restore-files --transfermode=tar /se", 2 } }
        : new() { { "get seed\n", 0 } };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_line_over_pipes_may_drip_but_must_end(string line, int exitCode)
    {
        using var process = fixture.Home.Start(Home.Executable, "serve", "--stdio");
        foreach (var letter in System.Text.Encoding.ASCII.GetBytes(line))
        {
            process.StandardInput.BaseStream.WriteByte(letter);
            process.StandardInput.BaseStream.Flush();
            await Task.Delay(Drip);
        }

        // Standard input stays open: after half a minute without the line's end the server gives it up by itself.
        using var patience = new CancellationTokenSource(HeadersWithin);
        var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.Equal((exitCode, exitCode == 0 ? 4 : 0), (process.ExitCode, output.Length));
    }

    private void AssertServed() => Assert.Equal(4, fixture.Ask("GET /api/v1/snapshots/seed@latest").Body.Length);

    private bool IsServed()
    {
        using var connection = new RawConnection(fixture.Server);
        return connection.Say("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").Hear()?.Status == 200;
    }
}
