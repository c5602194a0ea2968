using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Client.Tests.Harness;

/// <summary>
/// What GNU tar, bsdtar and <c>ls</c> list, in one normal form: a line for each member, sorted; paths as a view has them, without the root;
/// no lines of labels; a contiguous file and the rest of one from another volume are files.
/// </summary>
internal static partial class Listing
{
    /// <summary>The command whose output <see cref="OfTar"/> reads; the archive's option comes after it.</summary>
    public const string Tar = "TZ=UTC LC_ALL=C tar --full-time --quoting-style=escape -tv";

    /// <summary>The command whose output <see cref="OfBsdtar"/> reads; the archive's option comes after it.</summary>
    public const string Bsdtar = "TZ=UTC LC_ALL=C bsdtar -tv --numeric-owner";

    /// <summary>Of <c>tar tv</c>. Before 1970 only the minute counts: GNU tar 1.34 shows 23:59:59.75 for what is 23:59:58.25.</summary>
    public static string OfTar(string text) => Sorted(text.Split('\n').Select(OfTarLine).OfType<string>());

    /// <summary>Of <c>ls -lR --all</c>.</summary>
    public static string OfLs(string text) => Sorted(text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith("d?", StringComparison.Ordinal)).Select(Squeeze));

    /// <summary>Of <c>ls -R --all --json</c>, the members that a tar has, as far as bsdtar tells of them.</summary>
    public static string OfJson(Answer answer) => Sorted(answer.Lines.Select(line => JsonDocument.Parse(line).RootElement).Where(member => member.TryGetProperty("mode", out _)).Select(member =>
    {
        string Text(string name) => member.TryGetProperty(name, out var value) ? value.ToString() : "";
        var letter = Text("type") switch { "file" => '-', "folder" => 'd', "symlink" => 'l', "fifo" => 'p', var type => type[0] };
        return Fact(letter, Convert.ToInt32(Text("mode"), 8), $"{Text("uid")}/{Text("gid")}", Text("size"), Text("path"), Text("link"));
    }));

    /// <summary>Of <see cref="Bsdtar"/>. A hard link whose header has a size shows as a file that is one.</summary>
    public static string OfBsdtar(string text) => Sorted(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
    {
        var match = BsdtarLine().Match(line);
        var letter = match.Groups["name"].Value.Contains(" link to ", StringComparison.Ordinal) ? 'h' : line[0] == '?' ? '-' : line[0];
        var (name, target) = Split(match.Groups["name"].Value, letter);
        var path = Encoding.UTF8.GetString(MemberPath.Clean(Unescape(name)));
        var link = Encoding.UTF8.GetString(Unescape(target.Length == 0 ? "" : target[(letter == 'h' ? " link to " : " -> ").Length..]));
        return path.Length == 0 ? "" : Fact(letter, ModeOf(match.Groups["mode"].Value), string.Join('/', match.Groups["owner"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)), match.Groups["size"].Value, path, link);
    }).Where(line => line.Length > 0));

    private static string Fact(char letter, int mode, string owner, string size, string path, string link) =>
        $"{letter} {Convert.ToString(mode, 8)} {owner} {(letter is '-' ? size : "")} {path} {link}";

    // rwsr-x--t
    private static int ModeOf(string text) => text.Select((letter, at) => (char.ToLowerInvariant(letter), at) switch
    {
        ('-', _) => 0,
        ('s', 2) => 0x800 | (letter == 's' ? 1 << 6 : 0),
        ('s', 5) => 0x400 | (letter == 's' ? 1 << 3 : 0),
        ('t', 8) => 0x200 | (letter == 't' ? 1 : 0),
        _ => 1 << (8 - at),
    }).Sum();

    private static string Sorted(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));

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

    // -rw-r--r-- root/root         6 2026-11-20 12:00:00 tree/hello
    private static string? OfTarLine(string line)
    {
        var match = TarLine().Match(line);
        if (!match.Success || line[0] == 'V')
            return null;
        var (name, target) = Split(match.Groups["name"].Value, line[0]);
        var path = Printable(Encoding.UTF8.GetString(MemberPath.Clean(Unescape(name))));
        var mode = (line[0] is 'C' or 'M' ? '-' : line[0]) + match.Groups["mode"].Value[1..];
        return path.Length == 0 ? null : $"{mode} {match.Groups["owner"].Value} {match.Groups["size"].Value} {Time(match)} {path}{(line[0] == 'd' ? "/" : "")}{Printable(Encoding.UTF8.GetString(Unescape(target)))}";
    }

    private static (string Name, string Target) Split(string name, char type)
    {
        var word = type switch { 'l' => " -> ", 'h' => " link to ", 'M' => "--Continued at byte ", _ => "\n" };
        var at = name.IndexOf(word, StringComparison.Ordinal);
        return at < 0 ? (name, "") : (name[..at], type == 'M' ? "" : name[at..]);
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

    [GeneratedRegex(@"^.(?<mode>\S{9})\S? +\d+ (?<owner>\d+ +\d+) +(?<size>[\d,]+) .{12} (?<name>.*)$")]
    private static partial Regex BsdtarLine();

    [GeneratedRegex(@"^(?<mode>\S{10}) (?<owner>\S+) +(?<size>[\d,]+) (?<time>\S+ \S+) +(?<name>.*)$")]
    private static partial Regex OwnLine();
}
