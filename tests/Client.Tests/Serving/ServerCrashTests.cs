using System.Globalization;
using System.Text.RegularExpressions;
using StreamBack.Client.Tests.Harness;
using StreamBack.Server.Tests.Faults;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Servers and clients that are killed: what was acknowledged is there, what was not is whole or is not there.</summary>
public sealed class ServerCrashTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Under_load_nothing_acknowledged_is_lost_however_often_server_and_clients_are_killed()
    {
        home["STREAMBACK_PROGRAM"] = Home.Executable;
        var (seconds, kills) = Sample.All ? (180, 100) : (20, 5);
        var answer = (await home.Shell(string.Create(CultureInfo.InvariantCulture, $"{Checkout.At("scripts/chaos-server")} {Sample.FuzzSeed + 1} {seconds} {kills}"))).Succeeded();
        var summary = Regex.Match(answer.Lines[^1], "^seed [0-9]+: ([0-9]+) kills of the server, .* none lost, none wrong$");
        Assert.True(summary.Success, answer.Text);
        Assert.InRange(int.Parse(summary.Groups[1].Value, CultureInfo.InvariantCulture), 1, kills);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(2_000_000)]
    [InlineData(2_999_999)]
    public async Task A_server_killed_in_the_middle_of_a_put_keeps_nothing_of_it_and_takes_it_again(int said)
    {
        await home.Put("seed", [1]);
        var token = await ServerProcess.Token(home, "all", "put,get,list");
        home["T"] = token;
        var stream = Bytes.Random(3_000_000, 1);
        home.Write("in", stream);
        using (var server = await ServerProcess.Start(home))
        using (var connection = new RawConnection(server))
        {
            connection.Say($"PUT /api/v1/snapshots/cut HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Length: {stream.Length}\r\n\r\n").Say(stream.AsSpan(0, said));
            await ServerFixture.Until(() => home.Repository.Sessions.Length > 0, "the put does not begin");
            await server.Signal("KILL");
            Assert.Null(connection.Hear());
        }

        using var again = await ServerProcess.Start(home);
        Assert.Equal(404, await again.Status(token, "$S/cut"));
        (await again.Shell("set -e; curl -sf -T in -H \"Authorization: Bearer $T\" $S/cut > /dev/null; curl -sf -H \"Authorization: Bearer $T\" $S/cut@latest | cmp - in")).Succeeded();
        (await home.Run("check", "--read-data")).Succeeded();
        Assert.Empty(home.Repository.Temporaries);
        Assert.Empty(home.Repository.Sessions);
    }

    [Fact]
    public async Task A_client_killed_in_the_middle_of_its_put_leaves_nothing()
    {
        await home.Put("seed", [1]);
        var token = await ServerProcess.Token(home, "all", "put,get,list");
        home["T"] = home["STREAMBACK_TOKEN"] = token;

        // A put session may be gone on with for as long as a body may stand still.
        using var server = await ServerProcess.Start(home, "--patience", "2s");
        (await server.Shell("""
            for put in "curl -sf -T - -H 'Authorization: Bearer $T' $S/killed" "streamback --repository $A put killed"; do
              mkfifo pipe
              eval "$put < pipe &"
              exec 3> pipe
              head -c 1500000 /dev/urandom >&3
              until ls data/streamback/locks/*.session > /dev/null 2>&1; do sleep 0.02; done
              kill -9 $!
              exec 3>&-
              wait $!
              rm pipe
              # The server lets it go; the file of one that can be gone on with stays, and nobody holds it.
              for lock in $(ls data/streamback/locks/*.session 2> /dev/null); do
                until flock -n 9 9< "$lock" || [ ! -e "$lock" ]; do sleep 0.02; done 2> /dev/null
              done
            done
            true
            """)).Succeeded();
        Assert.Equal(404, await server.Status(token, "$S/killed"));
        Assert.Empty(home.Repository.Temporaries);
        Assert.Empty(server.Faults);
        (await home.Run("check", "--read-data")).Succeeded();
    }
}
