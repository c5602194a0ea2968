namespace StreamBack.Protocol.Tar;

/// <summary>
/// Numbers as header fields and PAX records write them, read the way GNU tar does. Its base-64 numbers, which only
/// a few test releases before 1999 wrote, are unreadable here.
/// </summary>
internal static class TarNumber
{
    private const byte PositiveBase256 = 0x80;
    private const byte NegativeBase256 = 0xFF;
    private const int NanosecondDigits = 9;

    /// <summary>
    /// Reads a numeric header field: octal digits between blanks and zero bytes (a field of zero bytes is 0), or
    /// base-256, big-endian two's complement after its marking byte. False if it is neither, does not fit, or there is no such field.
    /// </summary>
    public static bool TryReadField(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if (field.IsEmpty)
            return false;
        if (field[0] is PositiveBase256 or NegativeBase256)
            return TryReadBase256(field, out value);

        // One leading zero byte is forgiven: some old tars let the field before overflow into it.
        int at = field[0] == 0 ? 1 : 0;
        while (at < field.Length && IsBlank(field[at]))
            at++;
        if (at == field.Length)
            return false;

        for (; at < field.Length && field[at] is >= (byte)'0' and <= (byte)'7'; at++)
            value = (value << 3) + (field[at] - '0');
        return at == field.Length || field[at] == 0 || IsBlank(field[at]);
    }

    /// <summary>Reads decimal digits and nothing else, as PAX sizes and ids are written. False if it does not fit.</summary>
    public static bool TryReadDecimal(ReadOnlySpan<byte> text, out long value)
        => TryReadDigits(text, out value, out int used) && used == text.Length;

    /// <summary>
    /// Reads a PAX time: seconds with an optional sign and fraction. Digits beyond nanoseconds round down; what
    /// follows the number is ignored, as GNU tar does.
    /// </summary>
    public static bool TryReadTime(ReadOnlySpan<byte> text, out TarTime time)
    {
        time = default;
        bool negative = text is [(byte)'-', ..];
        if (negative)
            text = text[1..];
        if (!TryReadDigits(text, out long seconds, out int used))
            return false;

        text = text[used..];
        int nanoseconds = text is [(byte)'.', ..] ? ReadFraction(text[1..], roundUp: negative) : 0;
        if (!negative)
            time = new TarTime(seconds, nanoseconds);
        else if (nanoseconds == 0)
            time = new TarTime(-seconds, 0);
        else
            time = new TarTime(-seconds - 1, TarTime.NanosecondsPerSecond - nanoseconds);
        return true;
    }

    // Rounding a negative time down means rounding its digits up; not where that would carry into the seconds.
    private static int ReadFraction(ReadOnlySpan<byte> digits, bool roundUp)
    {
        int end = digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (end >= 0)
            digits = digits[..end];

        int value = 0;
        for (int at = 0; at < NanosecondDigits; at++)
            value = (value * 10) + (at < digits.Length ? digits[at] - '0' : 0);

        bool inexact = digits.Length > NanosecondDigits && digits[NanosecondDigits..].ContainsAnyExcept((byte)'0');
        return roundUp && inexact && value < TarTime.NanosecondsPerSecond - 1 ? value + 1 : value;
    }

    private static bool TryReadDigits(ReadOnlySpan<byte> text, out long value, out int used)
    {
        value = 0;
        for (used = 0; used < text.Length && IsDigit(text[used]); used++)
        {
            int digit = text[used] - '0';
            if (value > (long.MaxValue - digit) / 10)
                return false;
            value = (value * 10) + digit;
        }

        return used > 0;
    }

    private static bool TryReadBase256(ReadOnlySpan<byte> field, out long value)
    {
        value = field[0] == NegativeBase256 ? -1 : 0;
        foreach (byte b in field[1..])
        {
            if (value is > (long.MaxValue >> 8) or < (long.MinValue >> 8))
                return false;
            value = (value << 8) | b;
        }

        return true;
    }

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    private static bool IsBlank(byte b) => b is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');
}
