using System.Globalization;
using System.Text;

namespace StreamBack.Protocol.Http;

/// <summary>Bytes in an address (RFC 3986): names in a tar need be no UTF-8.</summary>
public static class PercentCode
{
    /// <summary>Bytes as they stand in a query: letters, digits, <c>-._~/</c> as they are.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)value) || "-._~/"u8.Contains(value))
                text.Append((char)value);
            else
                text.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return text.ToString();
    }

    /// <summary>What stands in a query; <c>+</c> is a blank there. A percent sign without two digits is itself.</summary>
    public static byte[] Decode(string text) => Decode(text, plus: (byte)' ');

    /// <summary>What stands in a path: as in a query, but <c>+</c> is itself.</summary>
    public static byte[] DecodePath(string text) => Decode(text, plus: (byte)'+');

    private static byte[] Decode(string text, byte plus)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] == '%' && at + 2 < bytes.Length && byte.TryParse(bytes.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes[length++] = value;
                at += 2;
            }
            else
            {
                bytes[length++] = bytes[at] == '+' ? plus : bytes[at];
            }
        }

        return bytes[..length];
    }
}
