using System.Text;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

public sealed class TarNumberTests
{
    [Theory]
    [InlineData("00000000017\0", 15)]
    [InlineData("000000000017", 15)]
    [InlineData("         17 ", 15)]
    [InlineData("17         \0", 15)]
    [InlineData("\t\n\v\f\r    17\0", 15)]
    [InlineData("17\0junk\0\0\0\0\0", 15)]
    [InlineData("1 7\0\0\0\0\0\0\0\0\0", 1)]
    [InlineData("\00000000017\0", 15)]
    [InlineData("777777777777", 0xFFFFFFFFF)]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0", 0)]
    [InlineData("\x80\0\0\0\0\0\0\0\0\0\0\x11", 17)]
    [InlineData("\x80\0\0\0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", long.MaxValue)]
    [InlineData("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE", -2)]
    [InlineData("\xFF\xFF\xFF\xFF\x80\0\0\0\0\0\0\0", long.MinValue)]
    public void TryReadField_a_number_that_GNU_tar_reads_is_read(string field, long expected)
    {
        Assert.True(TarNumber.TryReadField(Encoding.Latin1.GetBytes(field), out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("            ")]
    [InlineData("abcdefghijkl")]
    [InlineData("00000000009\0")]
    [InlineData("0x000000001\0")]
    [InlineData("00000000001a")]
    [InlineData("-0000000001\0")]
    [InlineData("\x81\0\0\0\0\0\0\0\0\0\0\x01")]
    [InlineData("\xC0\0\0\0\0\0\0\0\0\0\0\x01")]
    [InlineData("\x80\0\0\0\x80\0\0\0\0\0\0\0")]
    [InlineData("\xFF\xFF\xFF\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF")]
    public void TryReadField_anything_else_is_refused(string field)
        => Assert.False(TarNumber.TryReadField(Encoding.Latin1.GetBytes(field), out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("007", 7)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void TryReadDecimal_digits_are_read(string text, long expected)
    {
        Assert.True(TarNumber.TryReadDecimal(Encoding.Latin1.GetBytes(text), out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("12x")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999999")]
    public void TryReadDecimal_anything_else_is_refused(string text)
        => Assert.False(TarNumber.TryReadDecimal(Encoding.Latin1.GetBytes(text), out _));

    [Theory]
    [InlineData("5", 5, 0)]
    [InlineData("5.", 5, 0)]
    [InlineData("5.25", 5, 250_000_000)]
    [InlineData("5.1234567899", 5, 123_456_789)]
    [InlineData("5.000000001x7", 5, 1)]
    [InlineData("5.1x7", 5, 100_000_000)]
    [InlineData("1e3", 1, 0)]
    [InlineData("-1", -1, 0)]
    [InlineData("-1.5", -2, 500_000_000)]
    [InlineData("-0.25", -1, 750_000_000)]
    [InlineData("-1.0000000001", -2, 999_999_999)]
    [InlineData("-1.0000000000", -1, 0)]
    public void TryReadTime_seconds_and_fraction_are_rounded_down(string text, long seconds, int nanoseconds)
    {
        Assert.True(TarNumber.TryReadTime(Encoding.Latin1.GetBytes(text), out TarTime time));
        Assert.Equal(new TarTime(seconds, nanoseconds), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("x")]
    [InlineData("99999999999999999999")]
    public void TryReadTime_anything_else_is_refused(string text)
        => Assert.False(TarNumber.TryReadTime(Encoding.Latin1.GetBytes(text), out _));
}
