using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Every operation of a repository, the same however it is reached.</summary>
/// <remarks>A row of the theory is one case; the cases share a repository, and each has names of its own.</remarks>
public abstract class ConformanceTests(ConformanceTests.SharedWay shared, string kind) : IClassFixture<ConformanceTests.SharedWay>
{
    /// <summary>What a repository must do, each with the name that it has in <see cref="ConformanceCases"/>.</summary>
    public static TheoryData<string> Cases => [.. ConformanceCases.All.Keys];

    [Fact]
    public async Task What_is_told_is_what_the_folder_tells()
    {
        var to = await shared.To(kind);
        foreach (var question in new[] { "list --json", "list", "list seed --json", "show seed --json", "show seed@latest", "stats --json", "stats", "check --json", "check --read-data --json" })
        {
            var (far, here) = (await to.Home.Run(question.Split(' ')), await to.Here(question.Split(' ')));
            Assert.Equal((question, here.ExitCode, here.Text), (question, far.ExitCode, far.Text));
        }
    }

    [Fact]
    public async Task Damage_is_told_and_not_given()
    {
        using var to = await Way.Open(kind);
        var stream = Bytes.Random(3_000_000, 1);
        await to.Home.Put("big", stream);
        var bundle = to.Home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        Harness.RepositoryFiles.Flip(bundle, new FileInfo(bundle).Length / 2);
        var got = await to.Home.Run("get", "big");
        Assert.Equal(3, got.ExitCode);
        Assert.True(got.Output.Length < stream.Length && stream.AsSpan().StartsWith(got.Output), $"{got.Output.Length} bytes");
        Assert.Equal(3, (await to.Home.Run("get", "big", "-o", "out")).ExitCode);
        Assert.False(File.Exists(to.Home.At("out")));
        Assert.Equal(3, (await to.Home.Run("verify", "big")).ExitCode);
        Assert.False((await to.Home.Run("show", "big", "--json")).Succeeded().Json.TryGetProperty("verified", out _));
        Assert.Equal([9, 9, 9], (await to.Home.Run("get", "seed")).Succeeded().Output);
        (await to.Home.Run("check")).Succeeded();
        var check = await to.Home.Run("check", "--read-data", "--json");
        Assert.Equal((3, 1), (check.ExitCode, JsonDocument.Parse(check.Text).RootElement.GetProperty("problems").GetArrayLength()));
    }

    /// <summary>Does a case.</summary>
    protected async Task Do(string what) => await ConformanceCases.All[what](await shared.To(kind));

    /// <summary>A repository, made when it is first reached.</summary>
    public sealed class SharedWay : IDisposable
    {
        private Way? open;

        public void Dispose() => open?.Dispose();

        internal async Task<Way> To(string kind) => open ??= await Way.Open(kind);
    }
}

/// <summary>In a folder, without a server.</summary>
public sealed class FolderConformanceTests(ConformanceTests.SharedWay shared) : ConformanceTests(shared, "folder")
{
    [Theory]
    [MemberData(nameof(Cases))]
    public Task It_is_like_the_others(string what) => Do(what);
}

/// <summary>Over HTTP.</summary>
public sealed class HttpConformanceTests(ConformanceTests.SharedWay shared) : ConformanceTests(shared, "http")
{
    [Theory]
    [MemberData(nameof(Cases))]
    public Task It_is_like_the_others(string what) => Do(what);
}

/// <summary>Over TLS, which carries the same requests.</summary>
public sealed class HttpsConformanceTests(ConformanceTests.SharedWay shared) : ConformanceTests(shared, "https")
{
    public static TheoryData<string> Some => [.. ConformanceCases.All.Keys.Where((_, number) => Tier.All || number % 3 == 0)];

    [Theory]
    [MemberData(nameof(Some))]
    public Task It_is_like_the_others(string what) => Do(what);
}

/// <summary>On ssh.</summary>
public sealed class SshConformanceTests(ConformanceTests.SharedWay shared) : ConformanceTests(shared, "ssh")
{
    [Theory]
    [MemberData(nameof(Cases))]
    public Task It_is_like_the_others(string what) => Do(what);
}
