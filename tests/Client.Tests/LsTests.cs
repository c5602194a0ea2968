using System.Text;
using System.Text.RegularExpressions;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests;

/// <summary>What is listed of tars of every dialect, beside what GNU tar lists.</summary>
public sealed partial class LsTests(TarFixtures fixtures, LsTests.Stock stock) : IClassFixture<TarFixtures>, IClassFixture<LsTests.Stock>
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

    // Normal form: paths as a view has them, without the root; no lines of what is no file to tar (labels, continued volumes). Before
    // 1970 only the minute counts: GNU tar 1.34 shows 23:59:59.75 for what is 23:59:58.25.
    [Theory]
    [MemberData(nameof(Names))]
    public async Task Everything_is_listed_as_tar_lists_it(string fixture)
    {
        await home.Put($"all/{fixture}", File.ReadAllBytes(fixtures.PathOf(fixture)));
        var listed = await home.Shell($"streamback ls -lR --all all/{fixture}");
        var tar = await home.Shell($"TZ=UTC LC_ALL=C tar --full-time --quoting-style=escape -tvf {fixtures.PathOf(fixture)} 2> told || cat told >&2");
        var expected = tar.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(OfTar).OfType<string>().Order(StringComparer.Ordinal);
        var actual = listed.Succeeded().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("d?", StringComparison.Ordinal)).Select(Squeeze).Order(StringComparer.Ordinal);
        Assert.Equal(string.Join("\n", expected), string.Join("\n", actual));
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

    // \n, \\, \303 and the like.
    private static byte[] Unescape(string text)
    {
        const string letters = "abfnrtv", meant = "\a\b\f\n\r\t\v";
        var bytes = new List<byte>();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
                bytes.AddRange(Encoding.UTF8.GetBytes([text[at]]));
            else if (char.IsAsciiDigit(text[++at]))
                (_, at) = (Add(Convert.ToByte(text.Substring(at, 3), 8)), at + 2);
            else
                Add((byte)(letters.Contains(text[at]) ? meant[letters.IndexOf(text[at])] : text[at]));
        }

        return [.. bytes];

        bool Add(byte value)
        {
            bytes.Add(value);
            return true;
        }
    }

    private static string Printable(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));

    private string Read(string file) => File.ReadAllText(home.At(file));

    // -rw-r--r-- root/root         6 2026-11-20 12:00:00 tree/hello
    private static string? OfTar(string line)
    {
        var match = TarLine().Match(line);
        if (!match.Success || match.Groups["mode"].Value[0] is 'V' or 'M')
            return null;
        var (name, target) = Split(match.Groups["name"].Value, match.Groups["mode"].Value[0]);
        var path = Printable(Encoding.UTF8.GetString(MemberPath.Clean(Unescape(name))));
        var isFolder = match.Groups["mode"].Value[0] == 'd';
        return path.Length == 0 ? null : $"{match.Groups["mode"].Value} {match.Groups["owner"].Value} {match.Groups["size"].Value} {Time(match)} {path}{(isFolder ? "/" : "")}{Printable(Encoding.UTF8.GetString(Unescape(target)))}";
    }

    private static (string Name, string Target) Split(string name, char type)
    {
        var word = type switch { 'l' => " -> ", 'h' => " link to ", _ => "\n" };
        var at = name.IndexOf(word, StringComparison.Ordinal);
        return at < 0 ? (name, "") : (name[..at], name[at..]);
    }

    // The columns' widths are nobody's facts.
    private static string Squeeze(string line)
    {
        var match = OwnLine().Match(line);
        return $"{match.Groups["mode"].Value} {match.Groups["owner"].Value} {match.Groups["size"].Value} {Time(match)} {match.Groups["name"].Value}";
    }

    private static string Time(Match line)
    {
        var time = line.Groups["time"].Value.TrimEnd('Z');
        return string.CompareOrdinal(time, "1970") < 0 ? time[..^3] : time;
    }

    [GeneratedRegex(@"^(?<mode>\S{10}) (?<owner>\S+) +(?<size>[\d,]+) (?<time>-?\d+-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)? +(?<name>.*)$")]
    private static partial Regex TarLine();

    [GeneratedRegex(@"^(?<mode>\S{10}) (?<owner>\S+) +(?<size>[\d,]+) (?<time>\S+ \S+) +(?<name>.*)$")]
    private static partial Regex OwnLine();
}
