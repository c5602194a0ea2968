using System.Buffers;
using System.Globalization;
using System.Text;

namespace StreamBack.Protocol.Tar;

/// <summary>How far a scan has come, in words: which member was the last, and what it is called.</summary>
internal sealed class TarPosition
{
    /// <summary>Bytes of a name that a message shows.</summary>
    private const int ExcerptSize = 200;

    private readonly byte[] excerpt = new byte[ExcerptSize];
    private int excerptLength;
    private bool isCut;

    /// <summary>Members begun.</summary>
    public long Members { get; private set; }

    /// <summary>Bytes of payload of the last member.</summary>
    public long PayloadSize { get; private set; }

    public void Begin(in TarMember member)
    {
        Members++;
        PayloadSize = member.PayloadSize;
        excerptLength = Math.Min(member.Name.Length, ExcerptSize);
        isCut = excerptLength < member.Name.Length;
        member.Name[..excerptLength].CopyTo(excerpt);
    }

    /// <summary>The last member, such as <c>member 17 "usr/share/x"</c>; there must be one.</summary>
    public string LastMember()
        => $"member {Members} \"{Printable(excerpt.AsSpan(0, excerptLength))}{(isCut ? "…" : "")}\"";

    /// <summary>The place after the last member, such as <c>after member 17 "usr/share/x"</c>.</summary>
    public string AfterLastMember() => Members == 0 ? "before any member" : $"after {LastMember()}";

    // Hostile names must not reach a terminal: what is no printable UTF-8 is shown as GNU tar does, in octal.
    private static string Printable(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(name, out Rune rune, out int length) == OperationStatus.Done;
            if (valid && IsPrintable(rune))
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte b in name[..length])
                    text.Append('\\').Append(Convert.ToString(b, 8).PadLeft(3, '0'));
            }

            name = name[length..];
        }

        return text.ToString();
    }

    private static bool IsPrintable(Rune rune) => rune.Value is not ('"' or '\\') && Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control
        or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.PrivateUse);
}
