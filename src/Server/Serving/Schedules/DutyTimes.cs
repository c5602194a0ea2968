using Cronos;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Schedules;

/// <summary>When duties are due.</summary>
/// <remarks>Times that a change of the clocks leaves out come right after it, those that it repeats once (Cronos).</remarks>
internal sealed class DutyTimes
{
    private readonly Dictionary<string, CronExpression> times = [];
    private readonly TimeZoneInfo zone;

    /// <param name="times">Five fields for each duty.</param>
    /// <param name="zone">Whose days and hours they are.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public DutyTimes(IReadOnlyDictionary<string, string> times, TimeZoneInfo zone)
    {
        this.zone = zone;
        foreach (var (duty, text) in times)
        {
            if (!Duties.All.Contains(duty))
                throw new RepositoryException(ErrorCode.Usage, $"there is no '{duty}'; there are {string.Join(", ", Duties.All)}");
            this.times.Add(duty, Parse(duty, text));
        }
    }

    /// <summary>The duties that have times, in their order.</summary>
    public IEnumerable<string> Scheduled => Duties.All.Where(times.ContainsKey);

    /// <summary>When a duty is due next.</summary>
    /// <param name="after">UTC.</param>
    /// <returns>UTC; null if never again.</returns>
    public DateTime? Next(string duty, DateTime after) => times[duty].GetNextOccurrence(DateTime.SpecifyKind(after, DateTimeKind.Utc), zone);

    private static CronExpression Parse(string duty, string text)
    {
        try
        {
            return CronExpression.Parse(text);
        }
        catch (CronFormatException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"{duty}: '{text}' is no time such as '30 3 * * *' (minute, hour, day, month, day of the week): {error.Message.TrimEnd('.')}", error);
        }
    }
}
