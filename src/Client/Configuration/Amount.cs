using System.Globalization;

namespace StreamBack.Client.Configuration;

/// <summary>Amounts as people write them: <c>500 GiB</c>, <c>20MB</c>, <c>90s</c>, <c>7d</c>.</summary>
internal static class Amount
{
    private static readonly Dictionary<string, double> ByteUnits = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = 1,
        ["B"] = 1,
        ["kB"] = 1e3,
        ["MB"] = 1e6,
        ["GB"] = 1e9,
        ["TB"] = 1e12,
        ["PB"] = 1e15,
        ["KiB"] = 1L << 10,
        ["MiB"] = 1L << 20,
        ["GiB"] = 1L << 30,
        ["TiB"] = 1L << 40,
        ["PiB"] = 1L << 50,
    };

    private static readonly Dictionary<string, double> SecondUnits = new(StringComparer.Ordinal)
    {
        ["s"] = 1,
        ["m"] = 60,
        ["h"] = 60 * 60,
        ["d"] = 24 * 60 * 60,
        ["w"] = 7 * 24 * 60 * 60,
    };

    /// <summary>Reads bytes; null if it is no amount of them.</summary>
    public static long? Bytes(string text) => Read(text, ByteUnits) is { } bytes && bytes <= long.MaxValue / 2 && bytes == Math.Floor(bytes) ? (long)bytes : null;

    /// <summary>Reads a span; null if it is none. A number alone is none: of what?</summary>
    public static TimeSpan? Time(string text) => Read(text, SecondUnits) is { } seconds && seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Reads a part, 0 to 1; null if it is none.</summary>
    public static double? Part(string text) =>
        text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) ? percent / 100 : null;

    private static double? Read(string text, Dictionary<string, double> units)
    {
        var digits = text.AsSpan().TrimStart("0123456789.");
        var number = text.AsSpan(0, text.Length - digits.Length);
        return units.TryGetValue(digits.Trim().ToString(), out var unit)
            && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            ? count * unit
            : null;
    }
}
