using System.Globalization;

namespace StreamBack.Server.Serving.Metrics;

/// <summary>What the kernel says of this process's memory.</summary>
internal static class ProcessMemory
{
    private const string Field = "RssAnon:";

    /// <summary>Bytes of pages that are in memory and belong to no file.</summary>
    public static long Anonymous()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line[Field.Length..^"kB".Length], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) << 10;
    }
}
