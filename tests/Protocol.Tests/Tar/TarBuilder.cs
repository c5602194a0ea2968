using System.Globalization;
using System.Text;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>Writes tars by hand, also such as no tool would write. Texts are Latin-1: a character is a byte.</summary>
internal sealed class TarBuilder
{
    public const string Ustar = "ustar\0" + "00";
    public const string Gnu = "ustar  \0";
    public const string V7 = "";

    /// <summary>The size that a sparse member is said to have.</summary>
    public const int SparseSize = 10000;

    private readonly List<byte> tar = [];

    /// <summary>A header alone. <paramref name="edit"/> may change the block before it is summed.</summary>
    public TarBuilder Header(
        string name, long size = 0, char type = '0', string link = "", string magic = Ustar, Action<byte[]>? edit = null)
    {
        byte[] block = new byte[512];
        Put(block, 0, name);
        Put(block, 100, "0000644\0");
        Put(block, 108, "0001750\0");
        Put(block, 116, "0000144\0");
        Put(block, 124, Convert.ToString(size, 8).PadLeft(11, '0'));
        Put(block, 136, "00000001750\0");
        block[156] = (byte)type;
        Put(block, 157, link);
        Put(block, 257, magic);
        edit?.Invoke(block);
        Sum(block);
        tar.AddRange(block);
        return this;
    }

    /// <summary>A header with contents and padding.</summary>
    public TarBuilder Member(
        string name, string content = "", char type = '0', string link = "", string magic = Ustar, Action<byte[]>? edit = null)
        => Header(name, content.Length, type, link, magic, edit).Data(content);

    /// <summary>A PAX header: records of key and value, in order.</summary>
    public TarBuilder Pax(char type, params (string Key, string Value)[] records)
        => Member("PaxHeader", string.Concat(records.Select(record => Record(record.Key, record.Value))), type);

    /// <summary>GNU's long name ('L') or long link ('K').</summary>
    public TarBuilder Long(char type, string name) => Member("././@LongLink", name + "\0", type, magic: Gnu);

    /// <summary>The header of an old GNU sparse member; it has room for four entries of the map.</summary>
    /// <param name="size">Bytes of its payload.</param>
    /// <param name="entries">Entries of the whole map.</param>
    /// <param name="isExtended">Whether a block of the map is said to follow.</param>
    /// <param name="magic">GNU's, if it is to be taken for one.</param>
    public TarBuilder SparseHeader(string name, long size, int entries, bool isExtended, string magic = Gnu)
        => Header(name, size, 'S', magic: magic, edit: block =>
        {
            PutSparseEntries(block, 386, Math.Min(entries, 4));
            block[482] = isExtended ? (byte)1 : (byte)0;
            Put(block, 483, Convert.ToString(SparseSize, 8).PadLeft(11, '0'));
        });

    /// <summary>A block of a sparse map; it has room for 21 entries.</summary>
    public TarBuilder SparseMap(int entries, bool isExtended)
    {
        byte[] block = new byte[512];
        PutSparseEntries(block, 0, Math.Min(entries, 21));
        block[504] = isExtended ? (byte)1 : (byte)0;
        return Raw(block);
    }

    /// <summary>Bytes, padded with zero bytes to whole blocks.</summary>
    public TarBuilder Data(string content)
    {
        tar.AddRange(Encoding.Latin1.GetBytes(content));
        tar.AddRange(new byte[-content.Length & 511]);
        return this;
    }

    /// <summary>Bytes as they are.</summary>
    public TarBuilder Raw(byte[] bytes)
    {
        tar.AddRange(bytes);
        return this;
    }

    /// <summary>Zero blocks: two of them end an archive.</summary>
    public TarBuilder End(int blocks = 2)
    {
        tar.AddRange(new byte[blocks * 512]);
        return this;
    }

    public byte[] ToArray() => tar.ToArray();

    public RecordingSink Scan() => RecordingSink.Scan(ToArray());

    public static void Put(byte[] block, int at, string text) => Encoding.Latin1.GetBytes(text).CopyTo(block, at);

    /// <summary>Writes the checksum that belongs to a header block.</summary>
    public static void Sum(Span<byte> block)
    {
        Span<byte> field = block.Slice(148, 8);
        field.Fill((byte)' ');
        int sum = 0;
        foreach (byte b in block)
            sum += b;
        Encoding.Latin1.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0").CopyTo(field);
    }

    /// <summary>A PAX record, its length included.</summary>
    public static string Record(string key, string value)
    {
        string body = $" {key}={value}\n";
        int length = body.Length;
        while (length != body.Length + Digits(length))
            length = body.Length + Digits(length);
        return length.ToString(CultureInfo.InvariantCulture) + body;
    }

    private static void PutSparseEntries(byte[] block, int at, int count)
    {
        for (int i = 0; i < count; i++)
            Put(block, at + (24 * i), "00000000001\000000000001\0");
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
