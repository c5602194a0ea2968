using System.Globalization;
using System.Text;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>Writes tars by hand, also such as no tool would write. Texts are Latin-1: a character is a byte.</summary>
internal sealed class TarBuilder
{
    public const string Ustar = "ustar\0" + "00";
    public const string Gnu = "ustar  \0";
    public const string V7 = "";

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

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
