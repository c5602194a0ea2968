using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Every operation of a repository, the same however it is reached: in a folder, over HTTP, over TLS, on ssh.</summary>
/// <remarks>A row of the theory is one case over one way; the cases share a repository for each way, and each has names of its own.</remarks>
public sealed class ConformanceTests(ConformanceTests.Ways ways) : IClassFixture<ConformanceTests.Ways>
{
    /// <summary>What a repository must do, each with the name that it has in <see cref="ConformanceCases"/>.</summary>
    public static TheoryData<string, string> Rows()
    {
        var rows = new TheoryData<string, string>();
        foreach (var way in Way.Kinds)
        {
            foreach (var name in ConformanceCases.All.Keys)
                rows.Add(way, name);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Each_way_is_like_the_others(string way, string what) => await ConformanceCases.All[what](await ways.To(way));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_told_is_what_the_folder_tells(string way)
    {
        var to = await ways.To(way);
        foreach (var question in new[] { "list --json", "list", "list seed --json", "show seed --json", "show seed@latest", "stats --json", "stats", "check --json", "check --read-data --json" })
        {
            var (far, here) = (await to.Home.Run(question.Split(' ')), await to.Here(question.Split(' ')));
            Assert.Equal((question, here.ExitCode, here.Text), (question, far.ExitCode, far.Text));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Damage_is_told_and_not_given(string way)
    {
        using var to = await Way.Open(way);
        var stream = Bytes.Random(3_000_000, 1);
        await to.Home.Put("big", stream);
        var bundle = to.Home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        Harness.RepositoryFiles.Flip(bundle, new FileInfo(bundle).Length / 2);
        var got = await to.Home.Run("get", "big");
        Assert.Equal(3, got.ExitCode);
        Assert.True(got.Output.Length < stream.Length && stream.AsSpan().StartsWith(got.Output), $"{got.Output.Length} bytes");
        Assert.Equal(3, (await to.Home.Run("get", "big", "-o", "out")).ExitCode);
        Assert.False(File.Exists(to.Home.At("out")));
        Assert.Equal([9, 9, 9], (await to.Home.Run("get", "seed")).Succeeded().Output);
        (await to.Home.Run("check")).Succeeded();
        var check = await to.Home.Run("check", "--read-data", "--json");
        Assert.Equal((3, 1), (check.ExitCode, JsonDocument.Parse(check.Text).RootElement.GetProperty("problems").GetArrayLength()));
    }

    public static TheoryData<string> Kinds => [.. Way.Kinds];

    /// <summary>A repository for each way, made when it is first reached.</summary>
    public sealed class Ways : IDisposable
    {
        private readonly Dictionary<string, Way> open = [];

        public void Dispose()
        {
            foreach (var way in open.Values)
                way.Dispose();
        }

        internal async Task<Way> To(string kind)
        {
            if (!open.TryGetValue(kind, out var way))
                open[kind] = way = await Way.Open(kind);
            return way;
        }
    }
}
