namespace StreamBack.Protocol.Tests.Tar;

/// <summary>
/// Tars that something was done to, header by header with the checksum put right: where the real tools, without
/// complaint, see the same members, so must a scan. Seeded, hence the same each time.
/// </summary>
public sealed class TarMutationTests
{
    /// <summary>STREAMBACK_FUZZ_SEED, as scripts/fuzz sets it; with it come other mutants, and twenty times as many.</summary>
    private static readonly int? Seed = int.TryParse(Environment.GetEnvironmentVariable("STREAMBACK_FUZZ_SEED"), out int seed) ? seed : null;

    private static readonly int Mutants = Seed is null ? 250 : 5000;

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
        .Member("last", "1")
        .End().ToArray();

    [Fact]
    public void Scan_of_a_mutant_agrees_where_GNU_tar_and_bsdtar_list_the_same()
        => Compare(mutant => ListWithGnuTar(mutant) is { } names && ListWithBsdtar(mutant) is { } others
            && names.SequenceEqual(others) ? names : null);

    [Fact]
    public void Scan_of_a_mutant_agrees_where_GNU_tar_extracts_it()
        => Compare(ExtractWithGnuTar);

    private static void Compare(Func<byte[], List<string>?> listOrNull)
    {
        var random = new Random(Seed ?? 1);
        int agreed = 0;
        int changed = 0;
        List<string> original = ListWithGnuTar(Sample)!;
        for (int i = 0; i < Mutants; i++)
        {
            byte[] mutant = Mutate(random);
            if (listOrNull(mutant) is not { } names)
                continue;

            agreed++;
            changed += names.SequenceEqual(original) ? 0 : 1;
            IEnumerable<string> scanned = RecordingSink.Scan(mutant).Members.Where(m => m.Archive == 1).Select(m => m.Name);
            Assert.Equal(names.Select(WithoutSlash), scanned.Select(WithoutSlash));
        }

        // Otherwise this would say nothing.
        Assert.InRange(agreed, Mutants / 5, Mutants);
        Assert.InRange(changed, 10, agreed);
    }

    // GNU tar shows a slash after what it extracts as a directory, whatever the tar says.
    private static string WithoutSlash(string name) => name.TrimEnd('/');

    // Its list alone is not what it extracts: it skips the size of links and devices there, and not here.
    private static List<string>? ExtractWithGnuTar(byte[] tar)
    {
        string folder = Directory.CreateTempSubdirectory("tar-mutant-").FullName;
        try
        {
            return List("tar", ["xv", "--quoting-style=escape", "--warning=no-timestamp", "-f", "-"], tar, folder);
        }
        finally
        {
            TarTools.Script(Path.GetTempPath(), $"rm -rf {folder}");
        }
    }

    private static List<string>? ListWithGnuTar(byte[] tar) => List("tar", ["t", "--quoting-style=escape", "-f", "-"], tar);

    private static List<string>? ListWithBsdtar(byte[] tar) => List("bsdtar", ["tf", "-"], tar);

    private static List<string>? List(string tool, IEnumerable<string> arguments, byte[] tar, string? folder = null)
    {
        TarTools.Answer answer = TarTools.Run(tool, arguments, tar, folder);
        return answer is { ExitCode: 0, Errors: "" } ? [.. answer.Lines.Select(TarTools.Unescape)] : null;
    }

    private static byte[] Mutate(Random random)
    {
        byte[] bytes = [.. Sample];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            Span<byte> block = bytes.AsSpan(512 * random.Next(bytes.Length / 512), 512);
            int at = random.Next(10) switch
            {
                0 => random.Next(100),
                1 => random.Next(124, 136),
                2 or 3 => 135 - random.Next(4),
                4 => 156,
                5 => random.Next(257, 265),
                6 => random.Next(345, 360),
                7 => random.Next(482, 484),
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
}
