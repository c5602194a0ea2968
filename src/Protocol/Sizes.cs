using System.Globalization;

namespace StreamBack.Protocol;

/// <summary>Amounts for people.</summary>
public static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Bytes with three digits and a unit: <c>1.25 GiB</c>.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1000 && unit < Units.Length - 1; unit++)
            bytes /= 1024;
        var format = unit == 0 || bytes >= 100 ? "0" : bytes >= 10 ? "0.0" : "0.00";
        return string.Create(CultureInfo.InvariantCulture, $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}");
    }

    /// <summary>How many there are: <c>1 chunk</c>, <c>2 chunks</c>.</summary>
    /// <param name="count">0 or more.</param>
    /// <param name="noun">One of them; an s makes more.</param>
    public static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>How much less was stored than came in: <c>97 % saved</c>.</summary>
    public static string Saving(long stream, long stored) =>
        stream == 0 || stored >= stream ? "nothing saved" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * (stream - stored) / stream:0.0} % saved");
}
