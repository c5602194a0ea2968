using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Http;
using StreamBack.Server.Tests.Faults;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Mutants of requests, over real sockets and real pipes: the server lives, knows each of them for what it is, and does not grow.</summary>
public sealed partial class RequestFuzzTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    /// <summary>Between two looks at how the server is.</summary>
    private const int Batch = 100;

    /// <summary>Batches over sockets; thirty times as many when every case is run.</summary>
    private static readonly int Batches = Sample.All ? 600 : 20;

    /// <summary>Processes over pipes, each given several mutants.</summary>
    private static readonly int Processes = Sample.All ? 600 : 20;

    /// <summary>Requests said at once: a mutant that asks to be waited for holds up only its own kind.</summary>
    private const int AtOnce = 8;

    /// <summary>Milliseconds to wait for an answer before saying that no more comes: after that a server may give up what it does.</summary>
    private const int AnswerWithin = 30;

    /// <summary>Milliseconds to wait where a session may have begun: one whose id was not heard would be left open.</summary>
    private const int SessionWithin = 2000;

    private const int MutantsOfProcess = 4;

    /// <summary>Batches of put sessions; thirty times as many when every case is run.</summary>
    private static readonly int SessionBatches = Sample.All ? 90 : 3;

    // Those that mutants began, and would leave open.
    private readonly ConcurrentBag<string> begun = [];

    [Fact]
    public async Task Over_sockets()
    {
        for (var batch = 0; batch < Batches; batch++)
        {
            var session = Begin(batch % 2 == 0 ? Wire.StreamMode : Wire.ChunksMode);
            var mutants = new RequestMutants(new Random(Sample.FuzzSeed + batch), fixture.Head, fixture.SeedId, session);
            var requests = Enumerable.Range(0, Batch).Select(_ => mutants.Next()).ToList();
            await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, (request, _) =>
            {
                Say(request, batch);
                return ValueTask.CompletedTask;
            });
            GiveUp(session);
            while (begun.TryTake(out var other))
                GiveUp(other);
            AssertWell(batch);
        }

        await AssertNothingLeft();
    }

    [Fact]
    public async Task In_put_sessions()
    {
        var statuses = new ConcurrentDictionary<int, int>();
        for (var batch = 0; batch < SessionBatches; batch++)
        {
            await Parallel.ForEachAsync(Enumerable.Range(batch * Batch, Batch), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, (number, _) =>
            {
                foreach (var status in Put(number))
                    statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
                return ValueTask.CompletedTask;
            });
            AssertWell(batch);
        }

        // Some are right to the end, and each kind of wrong is known for what it is.
        foreach (var status in new[] { 200, 201, 204, 400, 404, 409 })
            Assert.True(statuses.GetValueOrDefault(status) > 0, $"no answer was {status}: {string.Join(", ", statuses)}");
        await AssertNothingLeft();
    }

    [Fact]
    public async Task Over_pipes()
    {
        for (var process = 0; process < Processes; process++)
        {
            var mutants = new RequestMutants(new Random(Sample.FuzzSeed + process), "Host: 127.0.0.1\r\n", fixture.SeedId, RequestMutants.NoSession);
            var random = new Random(process);
            byte[] input = random.Next(3) == 0
                ? Line(random)
                : [.. Enumerable.Range(0, MutantsOfProcess).SelectMany(_ => mutants.Next())];
            var answer = await fixture.Home.Feed(input, "serve", "--stdio");
            Assert.True(answer.ExitCode is 0 or 2 or 5 or 6 or 9, $"process {process}: exit {answer.ExitCode} {answer.Errors}");
            Assert.DoesNotContain("   at ", answer.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("xception", answer.Errors, StringComparison.Ordinal);
        }

        fixture.AssertWell();
    }

    // A put in a session of its own, some of whose requests are wrong.
    private IEnumerable<int> Put(int number)
    {
        var random = new Random(Sample.FuzzSeed + number);
        var mode = number % 2 == 0 ? Wire.StreamMode : Wire.ChunksMode;
        var (session, records) = (Begin(mode), new RecordMutants(random, mode));
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var first = random.Next(8) == 0 ? Pick(random, ["-1", "", "1", "99", "9223372036854775807", "18446744073709551616", "x"]) : $"{records.Batches}";
            yield return Known(number, $"POST /api/v1/sessions/{session}/records?first={first}", records.Body());
            if (random.Next(3) == 0)
                yield return Known(number, $"GET /api/v1/sessions/{session}", []);
        }

        var sha256 = Convert.ToHexStringLower(SHA256.HashData([.. records.Stream]));
        var end = Encoding.UTF8.GetBytes(random.Next(4) > 0
            ? $$"""{"sha256":"{{sha256}}","length":{{records.Stream.Count}},"kind":"raw"}"""
            : $$"""{"sha256":"{{Pick(random, [sha256, "", "x", sha256.ToUpperInvariant()])}}","length":{{Pick(random, ["0", "-1", "16", "1e3", "9223372036854775807", $"{records.Stream.Count}"])}},"kind":{{Pick(random, ["null", "\"raw\"", "\"tar\"", "\"\"", "1"])}},"members":{{Pick(random, ["0", "-1", "7"])}},"rawFrom":{{Pick(random, ["null", "0", "-1", "5"])}},"marks":{{Pick(random, ["null", "[]", "[null]", "[\"truncated\"]", "[\"x\"]"])}},"command":{{Pick(random, ["null", "[]", "[null]", "[\"a\"]"])}}}""");
        for (var count = random.Next(3); count > 0; count--)
            yield return Known(number, $"POST /api/v1/sessions/{session}/commit?first={records.Batches}", end);
        yield return GiveUp(session);
        var gone = Known(number, $"GET /api/v1/sessions/{session}", []);
        Assert.Equal(404, gone);
        yield return gone;
    }

    private int Known(int number, string line, byte[] body)
    {
        using var connection = new RawConnection(fixture.Server);
        connection.Say($"{line} HTTP/1.1\r\n{fixture.Head}Content-Length: {body.Length}\r\n\r\n").Say(body);
        var answer = connection.Hear();
        Assert.True(answer is { IsWhole: true, Status: < 500 or 501 }, $"put {number}: {answer?.Status} {answer?.Text} to {line} with {Convert.ToHexString(body)}");
        return answer!.Status;
    }

    private string Begin(string mode) => AccessWalk.Id(fixture.Ask($"POST /api/v1/sessions?name=fuzz&mode={mode}", "Content-Length: 0\r\n"));

    private int GiveUp(string session)
    {
        var status = fixture.Ask($"DELETE /api/v1/sessions/{session}").Status;
        Assert.True(status is 204 or 404, $"{status} to DELETE");
        return status;
    }

    private void AssertWell(int batch)
    {
        Assert.True(fixture.Server.Faults.Count == 0, $"batch {batch}: {string.Join('\n', fixture.Server.Faults)}");
        fixture.AssertWell();
    }

    private async Task AssertNothingLeft()
    {
        Assert.Contains(("seed", fixture.SeedId), fixture.List());
        fixture.ReadsObjects = true;
        await fixture.AssertNothingUnfinished();
        (await fixture.Home.Run("check", "--read-data")).Succeeded();
    }

    [GeneratedRegex("^\\{\"id\":\"(?<id>[0-9a-f]{32})\"")]
    private static partial Regex SessionBegun();

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private void Say(byte[] request, int batch)
    {
        using var connection = new RawConnection(fixture.Server);
        connection.Say(request);
        var patience = request.AsSpan().IndexOf("/sessions?"u8) >= 0 ? SessionWithin : AnswerWithin;
        while (connection.Hear(patience) is { IsWhole: true } answer)
        {
            patience = AnswerWithin;
            Assert.True(answer.Status is < 500 or 501 or 505, $"batch {batch}: {answer.Status} {answer.Text} to {Encoding.Latin1.GetString(request)}");
            if (answer.Status == 201 && SessionBegun().Match(answer.Text) is { Success: true } match)
                begun.Add(match.Groups["id"].Value);
        }

        connection.Finish();
    }

    private static byte[] Line(Random random)
    {
        string[] words = ["get ", "restore-files ", "--transfermode=tar ", "/seed/latest", "seed", "@", "latest", "/", "..", "%00", "%2F", "%zz", "%", " ", "\t", "\r", "\0", "\u00ff", "\n", "-1", new string('a', 70_000)];
        return Encoding.Latin1.GetBytes((random.Next(2) == 0 ? "get " : "restore-files ") + string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => words[random.Next(words.Length)])));
    }
}
