using System.Text.RegularExpressions;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>
/// Tars that something was done to, header by header with the checksum put right: where the real tools, without
/// complaint, see the same members, so must a scan. Seeded, hence the same each time.
/// </summary>
public sealed partial class TarMutationTests
{
    /// <summary>STREAMBACK_FUZZ_SEED, as scripts/fuzz sets it; with it come other mutants, and twenty times as many.</summary>
    private static readonly int? Seed = int.TryParse(Environment.GetEnvironmentVariable("STREAMBACK_FUZZ_SEED"), out int seed) ? seed : null;

    private static readonly int Mutants = Seed is null ? 250 : 5000;

    private static readonly string SparseData = new string('s', 512) + "S";

    private static readonly byte[] Sample = new TarBuilder()
        .Member("plain", new string('p', 700))
        .Pax('x', ("path", "pax"), ("size", "513"), ("mtime", "-1.5"))
        .Member("short", new string('x', 513))
        .Long('L', string.Concat(Enumerable.Repeat(new string('n', 200) + "/", 3))).Member("short", "", '5', "", TarBuilder.Gnu)
        .Long('K', new string('k', 120)).Member("link", "", '2', "k", TarBuilder.Gnu)
        .Pax('g', ("comment", "none"))
        .Member("name", "contents", edit: block => TarBuilder.Put(block, 345, "prefix"))
        .Member("directory/", "", '5')
        .Member("old/", "", '\0', magic: TarBuilder.V7)
        .Header("hard", 700, '1', "plain")
        .Member("spares", SparseData, 'S', "", TarBuilder.Gnu, edit: block => PutMap(block, [(0, 512), (9216, 1)], 10_000))
        .Pax('x', ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "sparse"), ("GNU.sparse.realsize", "10000"))
        .Member("GNUSparseFile.0/spares", "2\n0\n512\n9216\n1\n".PadRight(512, '\0') + SparseData)
        .Member("last", "1")
        .End().ToArray();

    private static readonly int SparseAt = Sample.AsSpan().IndexOf("spares"u8);

    [Fact]
    public void Scan_of_a_mutant_agrees_where_GNU_tar_and_bsdtar_list_the_same()
        => Compare(mutant => ListWithGnuTar(mutant) is { } listed && ListWithBsdtar(mutant) is { } others
            && listed.SequenceEqual(others) ? listed : null, Listed);

    // Its list alone is not what it extracts: it skips the size of links and devices there, and not here. Of a sparse member it extracts what the
    // map says, whatever the size.
    [Fact]
    public void Scan_of_a_mutant_agrees_where_GNU_tar_extracts_it()
        => Compare(mutant => mutant.AsSpan(SparseAt..).SequenceEqual(Sample.AsSpan(SparseAt..)) ? ExtractWithGnuTar(mutant) : null, member => WithoutSlash(member.Name));

    private static void Compare(Func<byte[], List<string>?> listOrNull, Func<RecordedMember, string> say)
    {
        var random = new Random(Seed ?? 1);
        int agreed = 0;
        int changed = 0;
        List<string> original = listOrNull(Sample)!;
        Assert.Equal(original, RecordingSink.Scan(Sample).Members.Select(say));
        for (int i = 0; i < Mutants; i++)
        {
            byte[] mutant = Mutate(random);
            if (listOrNull(mutant) is not { } listed)
                continue;

            agreed++;
            changed += listed.SequenceEqual(original) ? 0 : 1;
            IEnumerable<string> scanned = RecordingSink.Scan(mutant).Members.Where(m => m.Archive == 1).Select(say);
            Assert.True(listed.SequenceEqual(scanned), $"{Changes(mutant)}:\n{string.Join('\n', listed)}\n\n{string.Join('\n', scanned)}");
        }

        // Otherwise this would say nothing.
        Assert.InRange(agreed, Mutants / 5, Mutants);
        Assert.InRange(changed, 10, agreed);
    }

    // In which block and where in it, from what to what.
    private static string Changes(byte[] mutant) => string.Join(", ", Enumerable.Range(0, mutant.Length).Where(at => mutant[at] != Sample[at] && at % 512 is < 148 or > 155)
        .Select(at => $"{at / 512}+{at % 512} {Sample[at]:x2}->{mutant[at]:x2}"));

    // GNU tar shows a slash after what it extracts as a directory, whatever the tar says.
    private static string WithoutSlash(string name) => name.TrimEnd('/');

    // Type, size, name and target.
    private static string Listed(RecordedMember member) => Listed(TarListing.Of(member));

    private static string Listed(TarListing listed) => $"{listed.Type} {listed.Size} {WithoutSlash(listed.Name)} {listed.Link}";

    private static List<string>? ExtractWithGnuTar(byte[] tar)
    {
        string folder = Directory.CreateTempSubdirectory("tar-mutant-").FullName;
        try
        {
            return List("tar", ["xv", "--quoting-style=escape", "--warning=no-timestamp", "-f", "-"], tar, line => WithoutSlash(TarTools.Unescape(line)), folder);
        }
        finally
        {
            TarTools.Script(Path.GetTempPath(), $"rm -rf {folder}");
        }
    }

    private static List<string>? ListWithGnuTar(byte[] tar) =>
        List("tar", ["tv", "--full-time", "--numeric-owner", "--quoting-style=escape", "-f", "-"], tar, line => Listed(TarListing.Parse(line)));

    private static List<string>? ListWithBsdtar(byte[] tar) => List("bsdtar", ["tv", "--numeric-owner", "-f", "-"], tar, OfBsdtar);

    // -rw-r--r--  0 1000   100       700 Jan  1  1970 plain. A hard link whose header has a size shows as a file that is one.
    private static string OfBsdtar(string line)
    {
        Match match = BsdtarLine().Match(line);
        char type = line[0] == '-' && match.Groups["name"].Value.Contains(" link to ", StringComparison.Ordinal) ? 'h' : line[0];
        string[] names = match.Groups["name"].Value.Split(type switch { 'h' => " link to ", 'l' => " -> ", _ => "\0" }, 2);
        string size = match.Groups["size"].Value;
        return $"{type} {(size.Contains(',', StringComparison.Ordinal) ? "" : size)} {WithoutSlash(TarTools.Unescape(names[0]))} {(names.Length > 1 ? TarTools.Unescape(names[1]) : "")}";
    }

    private static List<string>? List(string tool, IEnumerable<string> arguments, byte[] tar, Func<string, string> read, string? folder = null)
    {
        TarTools.Answer answer = TarTools.Run(tool, arguments, tar, folder);
        return answer is { ExitCode: 0, Errors: "" } ? [.. answer.Lines.Select(read)] : null;
    }

    // The map of an old GNU sparse member, and the size that it has with its holes.
    private static void PutMap(byte[] block, (int Offset, int Length)[] entries, int size)
    {
        foreach (var (number, (offset, length)) in entries.Index())
            TarBuilder.Put(block, 386 + (24 * number), $"{Convert.ToString(offset, 8).PadLeft(11, '0')}\0{Convert.ToString(length, 8).PadLeft(11, '0')}\0");
        TarBuilder.Put(block, 483, Convert.ToString(size, 8).PadLeft(11, '0'));
    }

    private static byte[] Mutate(Random random)
    {
        byte[] bytes = [.. Sample];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            Span<byte> block = bytes.AsSpan(512 * random.Next(bytes.Length / 512), 512);
            int at = random.Next(11) switch
            {
                0 => random.Next(100),
                1 => random.Next(124, 136),
                2 or 3 => 135 - random.Next(4),
                4 => 156,
                5 => random.Next(257, 265),
                6 => random.Next(345, 360),
                7 => random.Next(482, 484),
                8 => random.Next(386, 434),
                _ => random.Next(40),
            };
            block[at] = random.Next(3) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)random.Next('0', '8'),
                _ => "\0 /017DLKxgSVX=\n"u8[random.Next(15)],
            };
            if (block.StartsWith("name"u8) || block[100] == '0')
                TarBuilder.Sum(block);
        }

        return bytes;
    }

    [GeneratedRegex(@"^.\S{9}\S? +\d+ \S+ +\S+ +(?<size>[\d,]+) .{12} (?<name>.*)$")]
    private static partial Regex BsdtarLine();
}
