using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>Tars of every dialect, as a tool could have written them, for FsCheck.</summary>
internal sealed class TarGenerator
{
    private const int NameField = 100;
    private const int PrefixField = 155;

    // Also what is no UTF-8, and what ends a line, a record or a path elsewhere.
    private const string NameCharacters = "abc/é\u00FF\u0080\n =.0";
    private const string ContentCharacters = "\0\u0001 a0é\u00FF";

    // Around the edges of blocks, and now and then enough for several chunks.
    private static readonly Gen<int> Lengths = Gen.Frequency(
        (4, Gen.Elements(0, 1, 511, 512, 513, 1024)), (4, Gen.Choose(0, 3000)), (1, Gen.Choose(0, 40_000)));

    /// <summary>What files hold; now and then a tar, which is not to be seen.</summary>
    private static readonly Gen<string> Contents = Gen.Frequency(
        (9, Lengths.SelectMany(length => Text(ContentCharacters, length))),
        (1, Gen.Constant(Encoding.Latin1.GetString(new TarBuilder().Member("inner", "tar").End().ToArray()))));

    // Names of so many bytes at most, for a member of a type or, without one, for a link to lead to.
    private readonly Func<char?, int, Gen<string>> names;

    private TarGenerator(Func<char?, int, Gen<string>> names) => this.names = names;

    /// <summary>
    /// Streams that are complete: archives of one dialect or of several, alone or in a row; after them nothing, a part of
    /// a zero block, or bytes that are no tar.
    /// </summary>
    public static Gen<GeneratedTar> Streams { get; } =
        from count in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(2, 3)))
        let generator = new TarGenerator(AnyName)
        from archives in Archives(6, [.. generator.Plain, .. generator.Sparse]).ArrayOf(count)
        from tail in Gen.Elements("", "", new string('\0', 100), "junk", new string('j', 700))
        select GeneratedTar.Of(archives, tail);

    /// <summary>
    /// Archives of a few files in a few folders, so that paths come twice and links lead to what is there. None are sparse: the maps
    /// that are made here mean nothing, and of each tool something else.
    /// </summary>
    public static Gen<GeneratedTar> Trees { get; } =
        from archive in Archives(12, new TarGenerator(NameInTree).Plain)
        select GeneratedTar.Of([archive], "");

    private Gen<GeneratedMember> V7 =>
        from member in Members("\0" + "12", NameField)
        from isFolder in Gen.Elements(false, false, true)
        let fact = isFolder && member.Type == '\0' ? member with { Name = Cut(member.Name, NameField - 1) + "/", Content = "" } : member
        select fact with { IsV7 = true, Write = tar => tar.Member(fact.Name, fact.Content, fact.Type, fact.LinkName, TarBuilder.V7) };

    private Gen<GeneratedMember> Ustar =>
        from member in Members("01234567", NameField)
        from prefix in Gen.OneOf(Gen.Constant(""), names('5', PrefixField))
        select member with
        {
            Name = prefix == "" ? member.Name : $"{prefix}/{member.Name}",
            Write = tar => tar.Member(
                member.Name, member.Content, member.Type, member.LinkName, edit: block => TarBuilder.Put(block, 345, prefix)),
        };

    // Long names and links come before the header, in either order; numbers too large for octal are base-256.
    private Gen<GeneratedMember> Gnu =>
        from member in Members("01234567DMV", 700)
        from nameFirst in Gen.Elements(true, false)
        from isBase256 in Gen.Elements(true, false)
        from time in Gen.Choose(-1_000_000_000, 1_000_000_000)
        select member with
        {
            Write = tar =>
            {
                if (nameFirst)
                    WriteLong(tar, 'L', member.Name);
                WriteLong(tar, 'K', member.LinkName);
                if (!nameFirst)
                    WriteLong(tar, 'L', member.Name);
                tar.Member(
                    Cut(member.Name, NameField), member.Content, member.Type, Cut(member.LinkName, NameField), TarBuilder.Gnu,
                    block => PutBase256(block, isBase256, member.Content.Length, time));
            },
        };

    private Gen<GeneratedMember> GnuSparse =>
        from member in Members("S", NameField)
        from entries in Gen.Choose(0, 70)
        select member with
        {
            SparseSize = TarBuilder.SparseSize,
            Write = tar =>
            {
                tar.SparseHeader(member.Name, member.Content.Length, entries, isExtended: entries > 4);
                for (int left = entries - 4; left > 0; left -= 21)
                    tar.SparseMap(left, isExtended: left > 21);
                tar.Data(member.Content);
            },
        };

    // Its records win over the header, which therefore may say anything of the size, and cuts the name.
    private Gen<GeneratedMember> Pax =>
        from member in Members("01234567", 700)
        from isGlobal in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from sizeInHeader in Gen.Elements(true, false)
        select member with
        {
            Write = tar =>
            {
                if (isGlobal)
                    tar.Pax('g', ("comment", "of all that follow"), ("uname", "somebody"));
                tar.Pax(
                    'x', ("path", member.Name), ("linkpath", member.LinkName), ("mtime", "-1.5"),
                    ("size", member.Content.Length.ToString(CultureInfo.InvariantCulture)), ("SCHILY.xattr.user.a", "\0=\n"));
                tar.Header(Cut(member.Name, NameField), sizeInHeader ? member.Content.Length : 0, member.Type, Cut(member.LinkName, NameField)).Data(member.Content);
            },
        };

    /// <summary>GNU's sparse members in PAX, versions 0.0, 0.1 and 1.0; the last has its map in front of the data.</summary>
    private Gen<GeneratedMember> PaxSparse =>
        from member in Members("0", 700)
        from version in Gen.Elements("0.0", "0.1", "1.0")
        select member with
        {
            SparseSize = TarBuilder.SparseSize,
            Write = tar => tar.Pax('x', SparseRecords(version, member.Name)).Member("GNUSparseFile.1/name", member.Content),
        };

    private Gen<GeneratedMember>[] Plain => [V7, Ustar, Gnu, Pax];

    private Gen<GeneratedMember>[] Sparse => [GnuSparse, PaxSparse];

    private static Gen<(GeneratedMember[] Members, int EndBlocks)> Archives(int most, Gen<GeneratedMember>[] dialects)
        => from dialect in Gen.Elements([.. dialects, Gen.OneOf(dialects)])
           from count in Gen.Choose(1, most)
           from members in dialect.ArrayOf(count)
           from endBlocks in Gen.Elements(2, 3, 20)
           select (members, endBlocks);

    /// <summary>Facts in which type, link and contents go together, with nothing yet to write them.</summary>
    /// <param name="types">A letter each.</param>
    /// <param name="longest">Bytes of the longest name and link.</param>
    private Gen<GeneratedMember> Members(string types, int longest)
        => from type in Gen.Elements(types.ToCharArray())
           from name in names(type, type == '5' ? longest - 1 : longest)
           from link in names(null, longest)
           from content in Contents
           select new GeneratedMember(
               type == '5' ? name + "/" : name, type, type is '1' or '2' ? link : "", "123456V".Contains(type, StringComparison.Ordinal) ? "" : content)
           {
               Write = _ => throw new InvalidOperationException("A member of no dialect"),
           };

    // Without a slash at the end, which would make a folder of a file.
    private static Gen<string> AnyName(char? type, int longest)
        => from length in Gen.OneOf(Gen.Choose(0, Math.Min(longest, 20) - 1), Gen.Choose(0, longest - 1), Gen.Constant(longest - 1))
           from text in Text(NameCharacters, length)
           select text + "n";

    private static Gen<string> NameInTree(char? type, int longest)
        => from folder in Gen.Elements("d", "./d", "d/e", "d//e/.", "d/\u00C3\u00A9 f", $"d/{new string('l', 95)}")
           from file in Gen.Elements("a", "b", "c\u00FF")
           let name = type is '5' or 'D' ? folder : $"{folder}/{file}"
           select name.Length <= longest ? name : "d/a";

    private static Gen<string> Text(string characters, int length)
        => Gen.Choose(0, 1 << 30).Select(seed => new string(new System.Random(seed).GetItems<char>(characters, length)));

    private static string Cut(string text, int length) => text.Length > length ? text[..length] : text;

    private static void WriteLong(TarBuilder tar, char type, string text)
    {
        if (text.Length > NameField)
            tar.Long(type, text);
    }

    private static void PutBase256(byte[] block, bool isBase256, long size, long time)
    {
        if (isBase256)
            TarBuilder.Put(block, 124, Base256(size));
        if (isBase256 || time < 0)
            TarBuilder.Put(block, 136, Base256(time));
    }

    /// <summary>A field of 12 bytes: two's complement, big-endian, after the byte that marks it.</summary>
    private static string Base256(long number)
    {
        char[] field = new char[12];
        Array.Fill(field, number < 0 ? '\u00FF' : '\0');
        for (int at = field.Length - 1; at >= 4; at--, number >>= 8)
            field[at] = (char)(number & 0xFF);
        if (field[0] == '\0')
            field[0] = '\u0080';
        return new string(field);
    }

    private static (string Key, string Value)[] SparseRecords(string version, string name) => version switch
    {
        "0.0" => [("GNU.sparse.size", "10000"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.offset", "0"), ("GNU.sparse.numbytes", "5"), ("path", name)],
        "0.1" => [("GNU.sparse.size", "10000"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "0,5"), ("GNU.sparse.name", name)],
        _ => [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", name), ("GNU.sparse.realsize", "10000")],
    };
}
