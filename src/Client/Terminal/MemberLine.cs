using System.Globalization;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Client.Terminal;

/// <summary>A member as a line of text: its path, and its facts as <c>tar tv</c> has them.</summary>
internal static class MemberLine
{
    private const string Rights = "rwxrwxrwx";

    /// <summary>The set-user, set-group and sticky bits, each with the place of the letter that it changes.</summary>
    private static readonly (int Bit, int Place, char Both, char Alone)[] Special = [(0x800, 3, 's', 'S'), (0x400, 6, 's', 'S'), (0x200, 9, 't', 'T')];

    /// <summary>The line, without its end.</summary>
    /// <param name="entry">The member.</param>
    /// <param name="isWhole">The whole path, not its last piece alone.</param>
    /// <param name="isLong">With its facts.</param>
    public static string Of(CatalogEntry entry, bool isWhole, bool isLong)
    {
        var path = Text(isWhole ? entry.Path : MemberPath.Name(entry.Path)) + (entry.IsFolder ? "/" : "");
        if (!isLong)
            return path;
        return string.Create(CultureInfo.InvariantCulture, $"{Mode(entry)} {Owners(entry),-17} {Size(entry),12} {Time(entry),-20} {path}{Target(entry)}");
    }

    /// <summary>Ten letters, as <c>ls -l</c> has them; of a folder that no member names nothing is known.</summary>
    public static string Mode(CatalogEntry entry)
    {
        if (entry.Place is null)
            return "d?????????";
        Span<char> letters = stackalloc char[Rights.Length + 1];
        letters[0] = Letter(MemberTypes.Of(entry));
        for (var place = 1; place < letters.Length; place++)
            letters[place] = (entry.Mode >> (Rights.Length - place) & 1) != 0 ? Rights[place - 1] : '-';
        foreach (var (bit, place, both, alone) in Special)
        {
            if ((entry.Mode & bit) != 0)
                letters[place] = letters[place] == 'x' ? both : alone;
        }

        return new string(letters);
    }

    private static char Letter(string type) => type switch
    {
        MemberTypes.Folder => 'd',
        MemberTypes.HardLink => 'h',
        MemberTypes.SymbolicLink => 'l',
        MemberTypes.CharacterDevice => 'c',
        MemberTypes.BlockDevice => 'b',
        MemberTypes.Fifo => 'p',
        _ => '-',
    };

    private static string Owners(CatalogEntry entry)
    {
        static string Owner(byte[] name, long number) => name.Length > 0 ? Text(name) : number.ToString(CultureInfo.InvariantCulture);
        return entry.Place is null ? "?/?" : $"{Owner(entry.UserName, entry.Uid)}/{Owner(entry.GroupName, entry.Gid)}";
    }

    private static string Size(CatalogEntry entry) => entry switch
    {
        { Place: null } => "?",
        { Device: { } device } => string.Create(CultureInfo.InvariantCulture, $"{device.Major},{device.Minor}"),
        _ => entry.Size.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>When it last changed, to the second, in UTC.</summary>
    public static string Time(CatalogEntry entry) => entry.Place is null ? "?" : (entry.Modified with { Nanoseconds = 0 }).ToString().Replace('T', ' ');

    private static string Target(CatalogEntry entry) => MemberTypes.Of(entry) switch
    {
        MemberTypes.SymbolicLink => $" -> {Text(entry.LinkName)}",
        MemberTypes.HardLink => $" link to {Text(entry.LinkName)}",
        _ => "",
    };

    private static string Text(ReadOnlySpan<byte> bytes) => Printable.Text(MemberPath.Text(bytes));
}
