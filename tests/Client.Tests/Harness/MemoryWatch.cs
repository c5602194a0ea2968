using System.Diagnostics;
using System.Globalization;

namespace StreamBack.Client.Tests.Harness;

/// <summary>How much memory of its own a process had at most: pages that belong to no file (RssAnon).</summary>
internal static class MemoryWatch
{
    /// <summary>Between two looks; a peak shorter than this may be missed.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);

    private const string Field = "RssAnon:";

    /// <summary>Looks until the process has ended, on a thread of its own.</summary>
    /// <returns>The peak in bytes.</returns>
    public static Task<long> Peak(Process process)
    {
        return Task.Factory.StartNew(Watch, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        long Watch()
        {
            long peak = 0;
            for (; !process.HasExited; Thread.Sleep(Glance))
                peak = Math.Max(peak, Anonymous(process.Id));
            return peak;
        }
    }

    /// <summary>What it has now, in bytes; 0 of a process that is just ending, which has no such line or no such file.</summary>
    public static long Anonymous(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[Field.Length..^"kB".Length], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
