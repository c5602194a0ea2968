using System.Globalization;

namespace StreamBack.Protocol.Tar;

/// <summary>A point in time as tars have it.</summary>
/// <param name="Seconds">Whole seconds since 1970-01-01 00:00 UTC, rounded down; negative before.</param>
/// <param name="Nanoseconds">0 to 999,999,999, to be added to <paramref name="Seconds"/>.</param>
public readonly record struct TarTime(long Seconds, int Nanoseconds)
{
    /// <summary>What <see cref="Nanoseconds"/> stays below.</summary>
    internal const int NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds of a <see cref="DateTime"/>'s tick.</summary>
    private const int TickNanoseconds = 100;

    private static readonly long First = (DateTime.MinValue - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
    private static readonly long Last = (DateTime.MaxValue - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;

    /// <summary>A time of the calendar.</summary>
    /// <param name="time">UTC.</param>
    public static TarTime Of(DateTime time)
    {
        var (seconds, ticks) = Math.DivRem((time - DateTime.UnixEpoch).Ticks, TimeSpan.TicksPerSecond);
        return ticks < 0
            ? new(seconds - 1, (int)(ticks + TimeSpan.TicksPerSecond) * TickNanoseconds)
            : new(seconds, (int)ticks * TickNanoseconds);
    }

    /// <summary>The whole second in UTC; null where the calendar does not reach.</summary>
    public DateTime? Calendar => Seconds >= First && Seconds <= Last ? DateTime.UnixEpoch.AddSeconds(Seconds) : null;

    /// <summary><c>2026-11-20T12:00:05.25Z</c>, with as many of nine decimals as it takes; where the calendar does not reach, <c>@</c> and the seconds since 1970.</summary>
    public override string ToString()
    {
        var decimals = Nanoseconds == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".{Nanoseconds:D9}").TrimEnd('0');
        return Calendar is { } second
            ? string.Create(CultureInfo.InvariantCulture, $"{second:yyyy-MM-ddTHH:mm:ss}{decimals}Z")
            : string.Create(CultureInfo.InvariantCulture, $"@{Seconds}{decimals}");
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out TarTime time)
    {
        time = default;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var isCalendar = !text.StartsWith('@');
        var end = isCalendar && text.EndsWith('Z') ? text.Length - 1 : text.Length;
        var whole = text[..(point < 0 ? end : point)];
        var nanoseconds = 0;
        if (point >= 0 && (end - point - 1 is < 1 or > 9 || !int.TryParse(text[(point + 1)..end].PadRight(9, '0'), NumberStyles.None, CultureInfo.InvariantCulture, out nanoseconds)))
            return false;
        if (!isCalendar)
        {
            time = new TarTime(long.TryParse(whole.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0, nanoseconds);
            return seconds != 0;
        }

        if (!DateTime.TryParseExact(whole, "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var second))
            return false;
        time = Of(second) with { Nanoseconds = nanoseconds };
        return true;
    }
}
