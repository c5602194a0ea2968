using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests;

/// <summary>Tars of every dialect that no tool wrote: wherever the real tools take them without a word, the verbs say and give the same.</summary>
public sealed class GeneratedTarTests : IDisposable
{
    /// <summary>How many tars each property is tried on.</summary>
    private static readonly int Tars = Tier.All ? 300 : 30;

    /// <summary>Says nothing of old times and of records that are not its own; folders get their times when all is in them, in whatever order it comes.</summary>
    private const string Tar = "tar --warning=no-timestamp --warning=no-unknown-keyword --delay-directory-restore";

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task They_are_listed_as_GNU_tar_lists_them()
    {
        var compared = 0;
        foreach (var tar in Single(TarGenerator.Streams).Concat(Single(TarGenerator.Trees)))
        {
            var expected = await home.FeedShell(tar.Bytes, $"{Listing.Tar} --warning=no-unknown-keyword -f -");
            if (expected is not { ExitCode: 0, Errors: "" } || tar.NamesUsersOfV7 || tar.Members[0].Any(member => member.Name.StartsWith(' '))) // blanks come before each name
                continue;
            await home.Put("t", tar.Bytes);
            var listed = await home.Run("ls", "-lR", "--all", "t");
            Assert.True(Listing.OfTar(expected.Text) == Listing.OfLs(listed.Succeeded().Text), $"{tar}\n{Listing.OfTar(expected.Text)}\n\n{Listing.OfLs(listed.Text)}");
            compared++;
        }

        Assert.InRange(compared, Tars / 2, 2 * Tars);
    }

    [Fact]
    public async Task They_are_listed_as_bsdtar_lists_them()
    {
        var compared = 0;
        foreach (var tar in Single(TarGenerator.Trees))
        {
            var expected = await home.FeedShell(tar.Bytes, $"{Listing.Bsdtar} -f -");
            if (expected is not { ExitCode: 0, Errors: "" })
                continue;
            await home.Put("t", tar.Bytes);
            var listed = await home.Run("ls", "-R", "--all", "--json", "t");
            Assert.True(Listing.OfBsdtar(expected.Text) == Listing.OfJson(listed.Succeeded()), $"{tar}\n{Listing.OfBsdtar(expected.Text)}\n\n{Listing.OfJson(listed)}");
            compared++;
        }

        Assert.InRange(compared, Tars / 2, Tars);
    }

    [Theory]
    [InlineData(Tar + " --xattrs -xpf -")]
    [InlineData("LC_ALL=C.UTF-8 bsdtar -xpf -")]
    public async Task Each_part_extracts_to_what_the_whole_does(string extract)
    {
        var compared = 0;
        foreach (var tar in Single(TarGenerator.Trees, times: 4)) // few lead all of their links to what is there
        {
            if (!await Extracts(tar, "whole", extract))
                continue;
            await home.Put("t", tar.Bytes);
            var whole = await TreeFacts.Of(home, "whole");
            foreach (var path in tar.Members[0].Where(member => !"VM".Contains(member.Type, StringComparison.Ordinal)).Select(PathOf).Distinct().Order(StringComparer.Ordinal).Take(5))
            {
                var line = $"get t {string.Concat(Encoding.Latin1.GetBytes(path).Select(letter => $"%{letter:x2}"))}\n";
                (await home.FeedShell(Encoding.ASCII.GetBytes(line), $"rm -rf part; mkdir part; streamback serve --stdio | {extract} -C part")).Succeeded();
                var part = await TreeFacts.Of(home, "part");
                var at = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(path));
                var compare = Named(tar, withFolders: extract.StartsWith(Tar, StringComparison.Ordinal));
                var changes = TreeFacts.Changes(Under(whole, at, compare), Under(part, at, compare));
                Assert.True(changes == "" && part.ContainsKey(at), $"{path} of {tar}\n{changes}");
                compared++;
            }
        }

        Assert.InRange(compared, Tars / 2, 5 * Tars);
    }

    [Fact]
    public async Task What_two_differ_in_is_what_the_extracted_trees_differ_in()
    {
        var (compared, last) = (0, (GeneratedTar?)null);
        foreach (var tar in Single(TarGenerator.Trees, times: 4))
        {
            if (!await Extracts(tar, "next"))
                continue;
            await home.Put("t", tar.Bytes);
            if (last is not null)
            {
                var (from, to) = (await TreeFacts.Of(home, "last"), await TreeFacts.Of(home, "next"));
                foreach (var path in from.Keys.Intersect(to.Keys).Except(Named(last).Intersect(Named(tar))).ToList())
                    to[path] = from[path];
                var told = await home.Run("diff", "--json", "t@-2", "t");
                Assert.True(TreeFacts.Changes(from, to) == TreeFacts.Told(told.Succeeded().Lines), $"{last}\n{tar}\n{TreeFacts.Changes(from, to)}\n\n{TreeFacts.Told(told.Lines)}");
                compared++;
            }

            last = tar;
            (await home.Shell("rm -rf last; mv next last")).Succeeded();
        }

        Assert.InRange(compared, Tars / 4, 4 * Tars);
    }

    // The same ones each time; a tar after the first is nothing to GNU tar.
    private static IEnumerable<GeneratedTar> Single(Gen<GeneratedTar> tars, int times = 1) => tars.Sample(times * Tars, new Rnd(20261128UL + (ulong)FuzzSeed), 30).Where(tar => tar.Members.Count == 1);

    private static int FuzzSeed => StreamBack.Server.Tests.Faults.Sample.FuzzSeed;

    private static string PathOf(GeneratedMember member) => Encoding.Latin1.GetString(MemberPath.Clean(Encoding.Latin1.GetBytes(member.Name)));

    // Of a folder that a tar names again and again in other words bsdtar leaves some time or other.
    private static IEnumerable<string> Named(GeneratedTar tar, bool withFolders = true) => tar.Members[0].Where(member => withFolders || member.Type != '5').Select(member => Encoding.UTF8.GetString(MemberPath.Clean(Encoding.Latin1.GetBytes(member.Name))));

    // Of a folder that no member names nobody knows the mode, nor the time.
    private static Dictionary<string, string[]> Under(Dictionary<string, string[]> facts, string path, IEnumerable<string> named) =>
        facts.Where(fact => (fact.Key == path || fact.Key.StartsWith(path + "/", StringComparison.Ordinal)) && named.Contains(fact.Key)).ToDictionary(StringComparer.Ordinal);

    private async Task<bool> Extracts(GeneratedTar tar, string folder, string extract = Tar + " --xattrs -xpf -")
    {
        var answer = await home.FeedShell(tar.Bytes, $"rm -rf {folder}; mkdir {folder}; {extract} -C {folder}");
        return answer is { ExitCode: 0, Errors: "" };
    }
}
