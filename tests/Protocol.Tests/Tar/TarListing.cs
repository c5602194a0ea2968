using System.Globalization;
using System.Text.RegularExpressions;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>One line of <c>tar tv</c>, as GNU tar writes it or as it should write what a scan told.</summary>
internal sealed partial record TarListing(
    char Type, string Mode, long Uid, long Gid, long? Size, TarTime Modified, string Name, string Link)
{
    /// <summary>What GNU tar lists of a tar, in which no name begins with a blank: it pads the time before it.</summary>
    public static List<TarListing> OfGnuTar(byte[] tar)
    {
        TarTools.Answer answer = TarTools.Run(
            "tar", ["tv", "--full-time", "--numeric-owner", "--quoting-style=escape", "-f", "-"], tar);
        Assert.Equal(0, answer.ExitCode);
        Assert.All(answer.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.StartsWith("tar: Ignoring unknown extended header keyword", line));
        return [.. answer.Lines.Select(Parse)];
    }

    /// <summary>What should be listed of a member. Sizes of links are none of their own.</summary>
    public static TarListing Of(RecordedMember member)
    {
        char type = member switch
        {
            { IsDirectory: true } => 'd',
            { Type: '1' } => 'h',
            { Type: '2' } => 'l',
            { Type: '3' } => 'c',
            { Type: '4' } => 'b',
            { Type: '6' } => 'p',
            { Type: '7' } => 'C',
            { Type: 'V' or 'M' } => member.Type,
            _ => '-',
        };
        bool isLink = type is 'h' or 'l';
        long? size = type is 'c' or 'b' ? null : member.SparseSize ?? member.PayloadSize;
        return new TarListing(
            type, ModeText(member.Mode), member.Uid, member.Gid, size, member.Modified, member.Name,
            isLink ? member.LinkName : "");
    }

    /// <summary>A line of <c>tar tv</c>.</summary>
    public static TarListing Parse(string line)
    {
        Match match = Line().Match(line);
        Assert.True(match.Success, line);
        char type = line[0];
        string separator = type switch { 'h' => " link to ", 'l' => " -> ", 'V' => "--Volume", 'M' => "--Continued", _ => "\0" };
        string[] names = match.Groups["name"].Value.Split(separator, 2);
        long? size = match.Groups["size"].Value.Contains(',', StringComparison.Ordinal)
            ? null
            : Number(match.Groups["size"].Value);
        return new TarListing(
            type, match.Groups["mode"].Value, Number(match.Groups["uid"].Value), Number(match.Groups["gid"].Value),
            size, Time(match.Groups["time"].Value, match.Groups["fraction"].Value), TarTools.Unescape(names[0]),
            type is 'h' or 'l' ? TarTools.Unescape(names[1]) : "");
    }

    private static TarTime Time(string text, string fraction)
    {
        DateTime time = DateTime.ParseExact(
            text, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        long seconds = (long)(time - DateTime.UnixEpoch).TotalSeconds;
        int nanoseconds = fraction == "" ? 0 : (int)Number(fraction.PadRight(9, '0'));

        // GNU tar 1.34 extracts fractions before 1970 rightly, yet lists them a second too late.
        return new TarTime(seconds < 0 && nanoseconds > 0 ? seconds - 1 : seconds, nanoseconds);
    }

    private static string ModeText(int mode)
    {
        char[] text = "rwxrwxrwx".ToCharArray();
        for (int bit = 0; bit < 9; bit++)
        {
            if ((mode >> (8 - bit) & 1) == 0)
                text[bit] = '-';
        }

        for (int special = 0; special < 3; special++)
        {
            int at = 2 + (3 * special);
            if ((mode >> (11 - special) & 1) == 1)
                text[at] = text[at] == 'x' ? "sst"[special] : "SST"[special];
        }

        return new string(text);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^.(?<mode>\S{9})\S? (?<uid>\d+)/(?<gid>\d+)\s+(?<size>[\d,]+) (?<time>\S+ [\d:]+)(\.(?<fraction>\d+))?\s+(?<name>.*)$")]
    private static partial Regex Line();
}
