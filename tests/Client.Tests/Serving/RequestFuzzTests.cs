using System.Text;
using StreamBack.Client.Tests.Harness;
using StreamBack.Server.Tests.Faults;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Mutants of requests, over real sockets and real pipes: the server lives, knows each of them for what it is, and does not grow.</summary>
public sealed class RequestFuzzTests(ServerFixture fixture) : IClassFixture<ServerFixture>
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

    private const int MutantsOfProcess = 4;

    [Fact]
    public async Task Over_sockets()
    {
        for (var batch = 0; batch < Batches; batch++)
        {
            var mutants = new RequestMutants(new Random(Sample.FuzzSeed + batch), fixture.Head, fixture.SeedId);
            var requests = Enumerable.Range(0, Batch).Select(_ => mutants.Next()).ToList();
            await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, (request, _) =>
            {
                Say(request, batch);
                return ValueTask.CompletedTask;
            });
            Assert.True(fixture.Server.Faults.Count == 0, $"batch {batch}: {string.Join('\n', fixture.Server.Faults)}");
            fixture.AssertWell();
        }

        Assert.Contains(("seed", fixture.SeedId), fixture.List());
        await ServerFixture.Until(() => fixture.Home.Repository.Sessions.Length == 0 && fixture.Home.Repository.Temporaries.Length == 0, "something is left behind");
        (await fixture.Home.Run("check", "--read-data")).Succeeded();
    }

    [Fact]
    public async Task Over_pipes()
    {
        for (var process = 0; process < Processes; process++)
        {
            var mutants = new RequestMutants(new Random(Sample.FuzzSeed + process), "Host: 127.0.0.1\r\n", fixture.SeedId);
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

    private void Say(byte[] request, int batch)
    {
        using var connection = new RawConnection(fixture.Server);
        connection.Say(request);
        while (connection.Hear(AnswerWithin) is { IsWhole: true } answer)
            Assert.True(answer.Status is < 500 or 501 or 505, $"batch {batch}: {answer.Status} {answer.Text} to {Encoding.Latin1.GetString(request)}");
        connection.Finish();
    }

    private static byte[] Line(Random random)
    {
        string[] words = ["get ", "restore-files ", "--transfermode=tar ", "/seed/latest", "seed", "@", "latest", "/", "..", "%00", "%2F", "%zz", "%", " ", "\t", "\r", "\0", "\u00ff", "\n", "-1", new string('a', 70_000)];
        return Encoding.Latin1.GetBytes((random.Next(2) == 0 ? "get " : "restore-files ") + string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => words[random.Next(words.Length)])));
    }
}
