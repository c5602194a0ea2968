using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests;

/// <summary>What is listed of tars of every dialect, beside what GNU tar lists.</summary>
public sealed class LsTests(TarFixtures fixtures, LsTests.Stock stock) : IClassFixture<TarFixtures>, IClassFixture<LsTests.Stock>
{
    private readonly Home home = stock.Home;

    /// <summary>One repository for all of them.</summary>
    public sealed class Stock : IDisposable
    {
        internal Home Home { get; } = new();

        /// <inheritdoc/>
        public void Dispose() => Home.Dispose();
    }

    public static TheoryData<string> Names => TarFixtures.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Everything_is_listed_as_tar_lists_it(string fixture)
    {
        await home.Put($"all/{fixture}", File.ReadAllBytes(fixtures.PathOf(fixture)));
        var listed = await home.Shell($"streamback ls -lR --all all/{fixture}");
        var tar = await home.Shell($"{Listing.Tar} -f {fixtures.PathOf(fixture)} 2> told || cat told >&2");
        Assert.Equal(Listing.OfTar(tar.Text), Listing.OfLs(listed.Succeeded().Text));
    }

    public static TheoryData<string> NamesWithoutLists => [.. TarRecipes.Whole.Keys.Where(name => !name.Contains("attributes", StringComparison.Ordinal))];

    // Where there is an access list, bsdtar shows the mode of its group and not of its mask.
    [Theory]
    [MemberData(nameof(NamesWithoutLists))]
    public async Task Everything_is_listed_as_bsdtar_lists_it(string fixture)
    {
        await home.Put($"bsdtar/{fixture}", File.ReadAllBytes(fixtures.PathOf(fixture)));
        var listed = await home.Run("ls", "--json", "-R", "--all", $"bsdtar/{fixture}");
        var bsdtar = await home.Shell($"{Listing.Bsdtar} -f {fixtures.PathOf(fixture)} 2> told || cat told >&2");
        Assert.Equal(Listing.OfBsdtar(bsdtar.Text), Listing.OfJson(listed.Succeeded()));
    }

    [Fact]
    public async Task A_folder_is_listed_by_its_names()
    {
        await Tars.MakeTree(home);
        var answer = await home.Shell("""
            set -e
            tar c tree | streamback put etc --quiet
            streamback ls etc > root
            streamback ls etc tree/ | grep -v -e '-name$' > folder
            LC_ALL=C ls -1pA tree | grep -av -e '-name$' > there
            streamback ls --json etc /tree/./nothing > json
            """);
        answer.Succeeded();
        Assert.Equal("tree/\n", Read("root"));
        Assert.Equal(Read("there"), Read("folder"));
        var member = System.Text.Json.JsonDocument.Parse(Read("json")).RootElement;
        Assert.Equal(("tree/nothing", "file"), (member.GetProperty("path").GetString(), member.GetProperty("type").GetString()));
        (await home.Run("ls", "etc", "tree/none")).FailedWith(5, "'tree/none'");
        (await home.Run("ls", "etc@-2")).FailedWith(5, "etc");
    }

    [Fact]
    public async Task What_is_no_tar_is_one_file()
    {
        await home.Put("dump", [1, 2, 3]);
        Assert.Equal("stream\n", (await home.Run("ls", "dump")).Succeeded().Text);
        Assert.Contains(" 3 ", (await home.Run("ls", "-l", "dump", "stream")).Succeeded().Text, StringComparison.Ordinal);
        (await home.Run("ls", "dump", "other")).FailedWith(5, "'other'");
    }

    private string Read(string file) => File.ReadAllText(home.At(file));
}
