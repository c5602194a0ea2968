using System.Text.Json;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A server over a repository that holds one snapshot, <c>seed</c>, for all tests of a class; and whoever may do everything.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    /// <summary>
    /// Anonymous memory of a server, in bytes, that no hostile request drives it beyond: a few puts at once, each of 24 MiB, and
    /// what the runtime keeps.
    /// </summary>
    private const long MemoryBound = 512L << 20;

    /// <summary>How long a server may take to notice that somebody is gone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Between two looks at the repository.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, string> tokens = [];

    internal Home Home { get; } = new();

    internal ServerProcess Server { get; private set; } = null!;

    /// <summary>A token for everything.</summary>
    internal string Token { get; private set; } = "";

    /// <summary>The id of the one snapshot <c>seed</c>, of the bytes 1, 2, 3, 4.</summary>
    internal string SeedId { get; private set; } = "";

    /// <summary>Whether stored objects are read or brought: for those who do the server has a session, for hours.</summary>
    internal bool ReadsObjects { get; set; }

    /// <summary>The first headers of a request that is whole: <c>Host</c> and the token.</summary>
    internal string Head => $"Host: 127.0.0.1\r\nAuthorization: Bearer {Token}\r\n";

    public async Task InitializeAsync()
    {
        SeedId = (await Home.Put("seed", [1, 2, 3, 4])).Json.GetProperty("id").GetString()!;
        Token = await ServerProcess.Token(Home, "all", "put,get,list,remove,maintain,objects,objects-put");
        Home["T"] = Token;
        Server = await ServerProcess.Start(Home);
    }

    public Task DisposeAsync()
    {
        Server?.Dispose();
        Home.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A token for what is named, made when it is first asked for.</summary>
    /// <param name="allow">Capabilities, joined by commas.</param>
    /// <param name="prefix">Null for every name.</param>
    internal async Task<string> TokenFor(string allow, string? prefix)
    {
        var key = $"{allow} {prefix}";
        if (!tokens.TryGetValue(key, out var token))
            tokens[key] = token = await ServerProcess.Token(Home, $"token{tokens.Count}", allow, prefix is null ? [] : [prefix]);
        return token;
    }

    /// <summary>The answer to a request that is well formed.</summary>
    internal RawAnswer Ask(string line, string headers = "", string body = "")
    {
        using var connection = new RawConnection(Server);
        return connection.Say($"{line} HTTP/1.1\r\n{Head}{headers}\r\n{body}").Hear() ?? throw new InvalidOperationException($"no answer to {line}");
    }

    /// <summary>Names and ids of all snapshots, as the server lists them.</summary>
    internal List<(string Name, string Id)> List()
    {
        var lines = Ask("GET /api/v1/snapshots").Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("""{"end":true}""", lines[^1]);
        var facts = lines[..^1].Select(line => JsonDocument.Parse(line).RootElement);
        return [.. facts.Select(snapshot => (snapshot.GetProperty("name").GetString()!, snapshot.GetProperty("id").GetString()!))];
    }

    /// <summary>The server must be alive, answer, have met nothing that it did not expect, and not have grown.</summary>
    internal void AssertWell()
    {
        Assert.False(Server.HasEnded, "the server has ended");
        using var connection = new RawConnection(Server);
        Assert.Equal("ok\n", connection.Say("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").Hear()?.Text);
        Assert.True(Server.Faults.Count == 0, Server.Faults.FirstOrDefault());
        Assert.InRange(MemoryWatch.Anonymous(Server.Id), 1, MemoryBound);
    }

    /// <summary>Nothing but <c>seed</c> may be kept, and no session may have left anything behind.</summary>
    internal async Task AssertNothingKept()
    {
        await AssertNothingUnfinished();
        Assert.Equal([("seed", SeedId)], List());
    }

    /// <summary>No session may be left, nor what one writes while it goes on.</summary>
    internal async Task AssertNothingUnfinished()
    {
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); ; await Task.Delay(Glance))
        {
            string[] left = [.. Home.Repository.Sessions, .. Home.Repository.Temporaries];
            if (left.Length == 0 || (ReadsObjects && left is [var one] && one == Home.Repository.Sessions.SingleOrDefault()))
                return;
            Assert.True(waited.Elapsed < Patience, $"left behind: {string.Join(", ", left)}");
        }
    }

    /// <summary>Waits until something is so.</summary>
    internal static async Task Until(Func<bool> isSo, string otherwise)
    {
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); !isSo(); await Task.Delay(Glance))
            Assert.True(waited.Elapsed < Patience, otherwise);
    }
}
